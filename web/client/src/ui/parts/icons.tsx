import type { JSX } from "preact";

/** Line icons on a 24-unit grid; decoration only, the control around them carries the name. */
const PATHS = {
  play: <path d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8a1 1 0 0 0 0-1.6l-10-6.8A1 1 0 0 0 8 5.2Z" class="icon-solid" />,
  pause: <path d="M7 4.5h3v15H7zM14 4.5h3v15h-3z" class="icon-solid" />,
  next: <path d="M5 5.6v12.8c0 .8.9 1.2 1.5.8L16 13v5.5h2.5v-13H16V11L6.5 4.8A1 1 0 0 0 5 5.6Z" class="icon-solid" />,
  previous: <path d="M19 5.6v12.8c0 .8-.9 1.2-1.5.8L8 13v5.5H5.5v-13H8V11l9.5-6.2a1 1 0 0 1 1.5.8Z" class="icon-solid" />,
  volume: <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11" />,
  muted: <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM16 9.5l5 5M21 9.5l-5 5" />,
  add: <path d="M12 5v14M5 12h14" />,
  playNext: <path d="M4 6h12M4 11h8M4 16h6M15 12.5v7l5.5-3.5Z" />,
  done: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  more: <path d="M6 12h.01M12 12h.01M18 12h.01" class="icon-dots" />,
  grip: <path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" class="icon-dots" />,
  up: <path d="M12 19V5.5M6 11l6-6 6 6" />,
  down: <path d="M12 5v13.5M6 13l6 6 6-6" />,
  remove: <path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  upload: <path d="M12 16V4.5M7 9.5l5-5 5 5M4.5 15v4.5h15V15" />,
  search: <path d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20" />,
  queue: <path d="M4 6h16M4 11h10M4 16h7M17 13v6.5M17 13l3 1.2M17 19.5a1.8 1.8 0 1 1-3.6 0 1.8 1.8 0 0 1 3.6 0Z" />,
  people: <path d="M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19.5c.5-3.6 3-5.5 6.5-5.5s6 1.9 6.5 5.5M16 5a3.3 3.3 0 0 1 0 6.3M18 14.5c2 .7 3.2 2.4 3.5 5" />,
  library: <path d="M4 5v14M8.5 5v14M13 5.3l5.5 13.4M12.8 5.3l2.4-1 5.6 13.4-2.4 1Z" />,
  now: <path d="M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z" />,
  invite: <path d="M10 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3.5 19.5c.5-3.6 3-5.5 6.5-5.5 1.5 0 2.8.3 3.9 1M18 13.5v7M14.5 17h7" />,
  settings: <path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z" />,
  help: <path d="M9 9a3 3 0 1 1 4.3 2.7c-.8.4-1.3 1-1.3 2v.3M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z" />,
  theme: <path d="M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 3.5v17a8.5 8.5 0 0 0 0-17Z" />,
  leave: <path d="M10 4.5H5.5v15H10M14.5 8l4 4-4 4M18.5 12H9.5" />,
  back: <path d="M19 12H5.5M11 6l-6 6 6 6" />,
  copy: <path d="M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9" />,
  share: <path d="M12 15V4M8 7.5 12 3.5l4 4M6 11.5H4.5V20h15v-8.5H18" />,
  edit: <path d="M5 19l.8-3.8L16 5l3 3L8.8 18.2ZM13.5 7.5l3 3" />,
  saved: <path d="M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12.2l2.8 2.8L16 9.5" />,
  saving: <path d="M12 20.5a8.5 8.5 0 1 0-8.5-8.5M12 7.5V12l3 2" />,
  offline: <path d="M3 3l18 18M8.5 15.5a5 5 0 0 1 6 0M5 12a9.8 9.8 0 0 1 3.7-2.3M12 9c2.6 0 5 1 7 3M2 8.5c1-.9 2-1.7 3.2-2.3M10 5.2c4.4-.5 8.8.7 12 3.3M12 19h.01" />,
  sound: <path d="M6 15.5v-3.5a6 6 0 0 1 12 0v3.5M6 14h-.5a2 2 0 0 0 0 5.5H7.5V14ZM18 14h.5a2 2 0 0 1 0 5.5h-2V14Z" />,
  sliders: <path d="M6 4v9M6 17v3M12 4v3M12 11v9M18 4v7M18 15v5M3.8 15h4.4M9.8 9h4.4M15.8 13h4.4" />,
  chevron: <path d="m8 10 4 4 4-4" />,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}

/** The sign of the house: a disc held between two horns. */
export function Sign() {
  return (
    <svg class="sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="sign-horns" d="M6.5 5c-2.8 6.7-1.8 15 3.2 18.8 1.9 1.4 4 2 6.3 2s4.4-.6 6.3-2C27.3 20 28.3 11.7 25.5 5" />
      <circle class="sign-disc" cx="16" cy="12.5" r="6" />
    </svg>
  );
}

import { useRef } from "preact/hooks";

import { Icon, type IconName } from "./icons";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly words: string;
  readonly icon: IconName;
  readonly count?: number;
}

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
  readonly look: "top" | "bottom";
  /** Id of the panel that the chosen tab shows. */
  readonly panel: string;
}

/** A row of tabs: one stop for Tab, arrow keys walk. */
export function Tabs<Name extends string>({ label, tabs, chosen, choose, look, panel }: TabsProps<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const walk = (event: KeyboardEvent) => {
    const here = tabs.findIndex((tab) => tab.name === chosen);
    const targets: Partial<Record<string, number>> = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
    const target = targets[event.key];
    if (target === undefined || event.shiftKey) return;
    event.preventDefault();
    const index = (target + tabs.length) % tabs.length;
    const tab = tabs[index];
    if (tab === undefined) return;
    choose(tab.name);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  return (
    <div class={`tabs tabs-${look}`} role="tablist" aria-label={label} ref={list} onKeyDown={walk}>
      {tabs.map((tab) => (
        <button
          key={tab.name}
          type="button"
          role="tab"
          class="tab"
          aria-selected={tab.name === chosen}
          aria-controls={tab.name === chosen ? panel : undefined}
          tabIndex={tab.name === chosen ? 0 : -1}
          onClick={() => choose(tab.name)}
        >
          {look === "bottom" && <Icon name={tab.icon} />}
          <span>{tab.words}</span>
          {tab.count !== undefined && tab.count > 0 && (
            <span class="tab-count" aria-hidden="true">
              {tab.count}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

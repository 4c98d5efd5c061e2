import { useEffect, useMemo, useState } from "preact/hooks";

import type { Listening } from "../../session/listening";
import { CalibrateDialog } from "../dialogs/calibrate";
import { HelpDialog } from "../dialogs/help";
import { InviteDialog } from "../dialogs/invite";
import { SettingsDialog } from "../dialogs/settings";
import { TightenDialog } from "../dialogs/tighten";
import { useLayout } from "../parts/useMedia";
import { useControl } from "../player/useControl";
import { useSurroundings } from "../surroundings";
import { useSystem } from "../system/useSystem";
import { CheckBanner } from "./checkBanner";
import { Desk } from "./desk";
import { Header } from "./header";
import { type DialogName, type PanelName, RoomContext, type RoomHold } from "./hold";
import { Notices, ReconnectBanner, Snackbar, SpokenNews } from "./messages";
import { TabbedRoom } from "./tabbed";
import { useKeys } from "./useKeys";
import { WideRoom } from "./wide";

interface RoomScreenProps {
  readonly listening: Listening;
  readonly room: string;
  readonly invite: string;
}

/** A room one has entered. */
export function RoomScreen({ listening, room, invite }: RoomScreenProps) {
  const { catalogue } = useSurroundings();
  const layout = useLayout();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [panel, setPanel] = useState<PanelName>("now");
  /** Counts wishes to search, so that the same wish twice focuses the field twice. */
  const [searches, setSearches] = useState(0);
  const desk = useMemo(
    () => new Desk(listening, (track) => catalogue.track(track).get()?.title ?? "the track"),
    [listening, catalogue],
  );
  useEffect(() => desk.aim.follow(), [desk]);
  const hold = useMemo<RoomHold>(
    () => ({
      listening,
      desk,
      room,
      invite,
      show: setDialog,
      open: (name) => {
        setPanel(name);
        if (name === "library") setSearches((count) => count + 1);
      },
    }),
    [listening, desk, room, invite],
  );
  useEffect(() => {
    if (searches > 0) document.getElementById("library-search")?.focus();
  }, [searches]);
  useSystem(listening);
  const close = () => setDialog(null);
  return (
    <RoomContext.Provider value={hold}>
      <Keys hold={hold} />
      <div class="room" data-layout={layout} data-panel={panel}>
        <Header isNarrow={layout === "tabs"} />
        <div class="banners">
          <ReconnectBanner />
          <CheckBanner />
        </div>
        {layout === "tabs" ? (
          <TabbedRoom panel={panel} choose={hold.open} />
        ) : (
          <WideRoom panel={panel} choose={hold.open} isFolded={layout === "rail"} />
        )}
      </div>
      <Notices />
      <Snackbar />
      <SpokenNews />
      {dialog === "invite" && <InviteDialog onClose={close} />}
      {dialog === "settings" && <SettingsDialog onClose={close} />}
      {dialog === "help" && <HelpDialog onClose={close} />}
      {dialog === "calibrate" && <CalibrateDialog onClose={close} />}
      {dialog === "tighten" && <TightenDialog onClose={close} />}
    </RoomContext.Provider>
  );
}

function Keys({ hold }: { readonly hold: RoomHold }) {
  useKeys(hold, useControl());
  return null;
}

import { useState } from "react";
import { useConnection } from "wagmi";
import { getConfig } from "../config.ts";
import { ACCOUNT_ALERTS, type AccountAlertsAnswer } from "../data/queries/accountAlerts.graphql.ts";
import { useGraphql } from "../data/useGraphql.ts";
import { useNow } from "../data/useNow.ts";
import { shortX0t } from "../ui/Amount.tsx";
import { accountAlerts, type AccountAlert } from "./accountAlerts.ts";

const REFRESH_MS = 15_000;
const NONE: readonly AccountAlert[] = [];
const NONE_ASKED: readonly string[] = [];

/** What the connected account should see to; empty while nothing is known. One query, four times a minute. */
export function useAccountAlerts(): readonly AccountAlert[] {
  const { address } = useConnection();
  const now = useNow();
  const [hotKeys, setHotKeys] = useState<readonly string[]>([]);
  const account = address?.toLowerCase();
  const { data, isPlaceholderData } = useGraphql<AccountAlertsAnswer>(ACCOUNT_ALERTS, { account, hotKeys }, { refreshMs: REFRESH_MS, isOff: account === undefined });
  const named = data?.nodes.items.map(({ witness }) => witness) ?? [];
  if (named.length !== hotKeys.length || named.some((key, place) => key !== hotKeys[place])) setHotKeys(named);
  if (account === undefined || data === undefined || now === undefined) return NONE;
  return accountAlerts(data, isPlaceholderData ? NONE_ASKED : hotKeys, now, getConfig().parameters, shortX0t);
}

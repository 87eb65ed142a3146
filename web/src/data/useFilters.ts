import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Search } from "../router.tsx";

/** The page's filters, kept in the URL: what is empty leaves it. */
export function useFilters(): [Search, (change: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = (next: Search) => void navigate({ to: ".", search: { ...search, ...next }, replace: true });
  return [search, change];
}

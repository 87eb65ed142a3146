import { PageTitle } from "../../ui/Panel.tsx";

export default function MarketPage() {
  return <PageTitle title="Market" />;
}

import { PageTitle } from "../../ui/Panel.tsx";

export default function LeasePage() {
  return <PageTitle title="Lease" />;
}

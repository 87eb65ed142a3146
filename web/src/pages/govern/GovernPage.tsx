import { PageTitle } from "../../ui/Panel.tsx";

export default function GovernPage() {
  return <PageTitle title="Govern" />;
}

import { PageTitle } from "../../ui/Panel.tsx";

export default function NodesPage() {
  return <PageTitle title="Nodes" />;
}

import { PageTitle } from "../../ui/Panel.tsx";

export default function NodePage() {
  return <PageTitle title="Node" />;
}

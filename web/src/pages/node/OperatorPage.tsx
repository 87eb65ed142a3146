import { PageTitle } from "../../ui/Panel.tsx";

export default function OperatorPage() {
  return <PageTitle title="Operator" />;
}

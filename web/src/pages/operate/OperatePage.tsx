import { PageTitle } from "../../ui/Panel.tsx";

export default function OperatePage() {
  return <PageTitle title="Operate" />;
}

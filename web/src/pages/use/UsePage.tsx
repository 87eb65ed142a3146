import { PageTitle } from "../../ui/Panel.tsx";

export default function UsePage() {
  return <PageTitle title="Use" />;
}

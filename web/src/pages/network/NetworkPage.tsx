import { PageTitle } from "../../ui/Panel.tsx";

export default function NetworkPage() {
  return <PageTitle title="Network" />;
}

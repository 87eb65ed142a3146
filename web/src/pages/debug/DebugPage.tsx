import { PageTitle } from "../../ui/Panel.tsx";

export default function DebugPage() {
  return <PageTitle title="Debug" />;
}

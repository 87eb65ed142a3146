import { PageTitle } from "../../ui/Panel.tsx";

export default function VerifyPage() {
  return <PageTitle title="Verify" />;
}

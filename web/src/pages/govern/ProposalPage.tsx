import { PageTitle } from "../../ui/Panel.tsx";

export default function ProposalPage() {
  return <PageTitle title="Proposal" />;
}

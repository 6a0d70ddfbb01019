"""What officers may be allowed to do: a permission for each action of the table that is theirs."""

from civicapp import N_, Permission

READ = "complaints.report.read"
ACCEPT = "complaints.report.accept"
REPLY = "complaints.report.reply"
REVIEW = "complaints.report.review"
REVEAL = "complaints.identity.reveal"
ISSUE = "complaints.link.issue"

PERMISSIONS = (
    Permission(READ, N_("Read reports")),
    Permission(REPLY, N_("Answer reports")),
    Permission(REVIEW, N_("Review reports for publication")),
    Permission(REVEAL, N_("See who sent a report"), identity=True),
    Permission(ISSUE, N_("Give a reporter a new link")),
    Permission("complaints.report.submit", N_("Report on behalf of a resident")),
    Permission("complaints.report.route", N_("Send reports to an agency")),
    Permission("complaints.report.return", N_("Return reports to the desk")),
    Permission("complaints.report.reassign", N_("Send reports to another agency")),
    Permission(ACCEPT, N_("Accept reports")),
    Permission("complaints.report.ask", N_("Ask the reporter a question")),
    Permission("complaints.report.schedule", N_("Promise a date")),
    Permission("complaints.report.start", N_("Start the work")),
    Permission("complaints.report.hand_over", N_("Hand reports over to another office")),
    Permission("complaints.report.take_back", N_("Take reports back from another office")),
    Permission("complaints.report.resolve", N_("Say that reports are done")),
    Permission("complaints.report.send_back", N_("Send unfinished work back")),
    Permission("complaints.report.confirm", N_("Confirm that reports are done")),
    Permission("complaints.report.reject", N_("Reject reports")),
    Permission("complaints.report.no_action", N_("Close reports without action")),
    Permission("complaints.report.merge", N_("Merge reports of the same problem")),
    Permission("complaints.report.unmerge", N_("Separate merged reports")),
    Permission("complaints.report.reopen", N_("Reopen reports")),
)

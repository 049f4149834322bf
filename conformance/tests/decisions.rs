//! The decision table, natively and in the built module.

use std::process::ExitCode;

use conformance::table::Case;
use conformance::{Builds, suggestion, table, trials};
use libtest_mimic::Failed;

fn main() -> ExitCode {
    trials::run(table::read(), |case| &case.name, judge)
}

fn judge(builds: &Builds, case: &Case) -> Result<(), Failed> {
    let judgement = builds.validate(&case.payload, case.nodes.as_ref())?;
    let mut complaints = case.expected.complaints(&judgement.response);
    if judgement.host_calls != case.expected.host_calls {
        complaints.push(format!(
            "the host is asked {} times, not {}",
            judgement.host_calls, case.expected.host_calls
        ));
    }
    complaints.extend(suggestion::complaints(builds, case, &judgement.response));
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\n  - {}\nresponse: {}\npayload:  {}",
        case.name,
        complaints.join("\n  - "),
        String::from_utf8_lossy(&judgement.response),
        String::from_utf8_lossy(&case.payload),
    )
    .into())
}

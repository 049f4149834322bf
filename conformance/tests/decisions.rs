//! The decision table, natively and in the built module.

use std::process::ExitCode;
use std::sync::Arc;

use conformance::table::Case;
use conformance::{Builds, suggestion, table};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let builds = Arc::new(Builds::load());
    let trials = table::read()
        .into_iter()
        .map(|case| {
            let builds = Arc::clone(&builds);
            Trial::test(case.name.clone(), move || judge(&builds, &case))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
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

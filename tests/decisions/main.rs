//! The decision table of `tests/data`: what the policy must decide, as data, judged natively
//! and in the built module, which must give the same answers byte for byte.
//! `tests/data/decisions/README.md` tells the format.

mod builds;
mod expectation;
mod place;
mod settings;
mod suggestion;
mod table;
mod workload;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use builds::Builds;
use table::Case;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let builds = Arc::new(Builds::load());
    let decisions = table::read().into_iter().map(|case| {
        let builds = Arc::clone(&builds);
        Trial::test(case.name.clone(), move || decide(&builds, &case))
    });
    let settings = settings::read().into_iter().map(|case| {
        let builds = Arc::clone(&builds);
        Trial::test(case.name.clone(), move || case.check(&builds))
    });
    libtest_mimic::run(&arguments, decisions.chain(settings).collect()).exit_code()
}

fn decide(builds: &Builds, case: &Case) -> Result<(), Failed> {
    let judgement = builds.validate(&case.payload, &case.host)?;
    let mut complaints = case.expected.complaints(&judgement);
    complaints.extend(suggestion::complaints(builds, case, &judgement));
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

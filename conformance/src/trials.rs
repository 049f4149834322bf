//! One test per case of a table, each under its own name.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::Builds;

/// Runs `judge` on each of `cases` with both builds, as the command line's arguments
/// for tests say; `name` tells what a case is called.
pub fn run<C: Send + 'static>(
    cases: Vec<C>,
    name: fn(&C) -> &str,
    judge: fn(&Builds, &C) -> Result<(), Failed>,
) -> ExitCode {
    let arguments = Arguments::from_args();
    let builds = Arc::new(Builds::load());
    let trials = cases
        .into_iter()
        .map(|case| {
            let builds = Arc::clone(&builds);
            let name = name(&case).to_owned();
            Trial::test(name, move || judge(&builds, &case))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

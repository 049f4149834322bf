//! The decision table of `tests/data`: what the policy must decide, as data, judged natively
//! and in the built module, which must give the same answers byte for byte.
//! `tests/data/decisions/README.md` tells the format.

mod builds;
mod expectation;
mod rule;
mod settings;
mod table;
mod workload;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let decisions = table::read().into_iter();
    let decisions = decisions.map(|case| Trial::test(case.name.clone(), move || case.check()));
    let settings = settings::read().into_iter();
    let settings = settings.map(|case| Trial::test(case.name.clone(), move || case.check()));
    let trials = decisions.chain(settings).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

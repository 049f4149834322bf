//! The decision tables of `tests/data`: what the policy has to decide, as data.
//!
//! Every case is judged natively and in the built module, which must give the same answer byte for
//! byte. `tests/data/decisions/README.md` explains the format.

mod builds;
mod decision;
mod expectation;
mod host;
mod request;
mod rule;
mod settings;
mod table;
mod workload;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut trials = vec![Trial::test(
        "no line of a table is too long to read",
        || {
            table::check_line_lengths();
            Ok(())
        },
    )];
    for case in decision::read_all() {
        trials.push(Trial::test(case.name.clone(), move || case.check()));
    }
    for case in settings::read_all() {
        trials.push(Trial::test(case.name.clone(), move || case.check()));
    }
    table::check_names_are_unique(trials.iter().map(Trial::name));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

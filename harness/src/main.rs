//! `harness`: the commands of kwctl that the Makefile and e2e.bats need, where kwctl is not installed.

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(about = "Stands in for kwctl where it is not installed", version)]
enum Command {
    /// Judge an admission request; the admission response goes to standard output
    Run(harness::run::Arguments),
    /// Write the module with its metadata
    Annotate(harness::annotate::Arguments),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run(arguments) => harness::run::run(&arguments).and_then(|response| {
            println!("{}", serde_json::to_string(&response)?);
            Ok(())
        }),
        Command::Annotate(arguments) => harness::annotate::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

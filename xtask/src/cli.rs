//! The command line: arguments in, exit status out.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::check::{self, Check};
use crate::demo::{self, Demo};
use crate::run::{self, Run};
use crate::suggest::{self, Suggest};
use crate::table::Style;
use crate::{Error, text};

#[derive(Parser)]
#[command(
    name = "xtask",
    bin_name = "cargo xtask",
    about = "The policy at work without a cluster",
    version
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge one admission request, as `kwctl run` does
    Run(Run),
    /// Judge manifests, one verdict for each object
    ///
    /// Exit status: 0 when all are admitted, 1 when any is denied, 2 when
    /// anything could not be read.
    Check(Check),
    /// Write settings under which manifests pass
    ///
    /// Exit status: 0 when all pass under the settings written, 1 when some
    /// cannot, 2 when anything could not be read.
    Suggest(Suggest),
    /// Judge the README's example
    Demo(Demo),
}

/// Could not be done, or something could not be read.
const TROUBLE: u8 = 2;

/// Runs the command line.
pub fn main() -> ExitCode {
    let style = Style::of_stdout();
    match Cli::parse().command {
        // `kwctl run` answers 1 whatever went wrong.
        Command::Run(arguments) => run::run(&arguments).map_or_else(
            |error| fail(&error, 1),
            |response| print(&format!("{response}\n"), 0),
        ),
        Command::Check(arguments) => match check::check(&arguments, style) {
            Ok(report) => {
                let status = match (report.unreadable.is_empty(), report.denied) {
                    (false, _) => TROUBLE,
                    (true, denied) => u8::from(denied),
                };
                let printed = print(&report.text, status);
                report.unreadable.iter().for_each(tell);
                eprintln!("{}", report.summary);
                printed
            }
            Err(error) => fail(&error, TROUBLE),
        },
        Command::Suggest(arguments) => match suggest::suggest(&arguments) {
            Ok(suggestion) => {
                let status = match (
                    suggestion.unreadable.is_empty(),
                    suggestion.failing.is_empty(),
                ) {
                    (false, _) => TROUBLE,
                    (true, all_pass) => u8::from(!all_pass),
                };
                let printed = print(&suggestion.yaml, status);
                suggestion.unreadable.iter().for_each(tell);
                for failing in &suggestion.failing {
                    eprintln!("still denied: {}: {}", failing.title, failing.reason);
                }
                eprintln!(
                    "{} for {}, {} still denied",
                    text::counted(suggestion.rules, "rule"),
                    text::counted(suggestion.objects, "object"),
                    suggestion.failing.len()
                );
                printed
            }
            Err(error) => fail(&error, TROUBLE),
        },
        Command::Demo(arguments) => demo::demo(&arguments, style)
            .map_or_else(|error| fail(&error, 1), |tables| print(&tables, 0)),
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no error.
fn print(text: &str, status: u8) -> ExitCode {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&Error::at("<stdout>", error), TROUBLE)
        }
        _ => ExitCode::from(status),
    }
}

fn tell(error: &Error) {
    eprintln!("error: {error}");
}

fn fail(error: &Error, status: u8) -> ExitCode {
    tell(error);
    ExitCode::from(status)
}

//! The command line: arguments, exit status, what is printed.

mod arguments;
mod check;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use self::arguments::{Arguments, Check, Command, Output, Suggest};
use crate::output;
use crate::reading::source::Unreadable;
use crate::reading::walk::Walk;
use crate::suggesting::suggest;

/// Does what the command line says; the exit status is that of the command.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => run_check(&arguments),
        Command::Suggest(arguments) => run_suggest(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "hostprocess", &mut script);
            print(&String::from_utf8_lossy(&script), 0)
        }
    }
}

fn run_check(arguments: &Check) -> ExitCode {
    let has_settings = arguments.settings.is_some() || arguments.settings_json.is_some();
    if arguments.manifests.paths().is_empty() && (!has_settings || arguments.against.is_some()) {
        nothing_given("check");
    }
    let report = check::check(arguments);
    let status = status(report.denied > 0, &report.unreadable);
    if arguments.quiet {
        return ExitCode::from(status);
    }
    tell(&report.unreadable);
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
    let written = match arguments.output {
        // Of settings that are not good there is no more to say.
        Output::Text if report.checked == 0 && status == 2 => Ok(String::new()),
        Output::Text => Ok(output::text::text(&report, width)),
        Output::Json => Ok(output::json::json(&report)),
        Output::Junit => output::junit::junit(&report),
        Output::Sarif => Ok(output::sarif::sarif(&report)),
    };
    written.map_or_else(
        |error| fail(&error.to_string()),
        |text| print(&text, status),
    )
}

fn run_suggest(arguments: &Suggest) -> ExitCode {
    let paths = arguments.manifests.paths();
    if paths.is_empty() {
        nothing_given("suggest");
    }
    let options = suggest::Options {
        namespace: arguments.manifests.namespace.clone(),
        form: arguments.output,
        any_tag: arguments.any_tag,
        any_command: arguments.any_command,
        requested_by: arguments.requested_by.clone(),
    };
    match suggest::suggest(&options, |look| Walk::through(&paths, look)) {
        Ok(suggestion) => {
            tell(&suggestion.unreadable);
            suggestion
                .refused
                .iter()
                .for_each(|refusal| eprintln!("{refusal}"));
            print(
                &suggestion.yaml,
                status(!suggestion.refused.is_empty(), &suggestion.unreadable),
            )
        }
        Err(problem) => fail(&problem),
    }
}

/// The exit status where something was found fault with, and something could not be read.
fn status(found: bool, unreadable: &[Unreadable]) -> u8 {
    if found {
        1
    } else {
        2 * u8::from(!unreadable.is_empty())
    }
}

/// Ends with what to write.
fn nothing_given(command: &str) -> ! {
    let message = format!(
        "no PATH is given: write what to look at, as in `hostprocess {command} deploy/`, or `-` \
         for standard input"
    );
    let mut arguments = Arguments::command();
    // So that the usage is that of the command.
    arguments.build();
    let command = arguments
        .find_subcommand_mut(command)
        .expect("it is a command");
    command
        .error(ErrorKind::MissingRequiredArgument, message)
        .exit()
}

fn tell(unreadable: &[Unreadable]) {
    unreadable
        .iter()
        .for_each(|error| eprintln!("error: {error}"));
}

/// Writes to standard output, without colours where they don't belong. A reader that went away
/// (`| head`) is no error.
fn print(text: &str, status: u8) -> ExitCode {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("standard output: {error}"))
        }
        _ => ExitCode::from(status),
    }
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("error: {problem}");
    ExitCode::from(2)
}

//! The command line: arguments, exit status, what is printed.

mod arguments;
mod check;
mod validate;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use self::arguments::{Arguments, Check, Command, Output, Rules, Suggest, Validate};
use crate::built_in_rules;
use crate::judging::report::{Conclusion, Report};
use crate::output;
use crate::reading::problem::Unreadable;
use crate::reading::walk::Walk;
use crate::suggesting::suggest::{self, Form};

/// Does what the command line says; the exit status is that of the command.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => run_check(&arguments),
        Command::Validate(arguments) => run_validate(&arguments),
        Command::Suggest(arguments) => run_suggest(&arguments),
        Command::Rules(arguments) => run_rules(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "hostprocess", &mut script);
            print(&String::from_utf8_lossy(&script), 0)
        }
    }
}

fn run_check(arguments: &Check) -> ExitCode {
    if arguments.manifests.paths().is_empty() {
        exit_without_path("check");
    }
    let report = match check::check(arguments) {
        Ok(report) => report,
        Err(errors) => return report_unusable_settings(errors, arguments),
    };
    let status = report.conclusion().status();
    if arguments.quiet {
        return ExitCode::from(status);
    }

    print_errors(&report.unreadable);
    if report.summary.checked == 0 && report.unreadable.is_empty() {
        eprintln!("error: there is no Kubernetes object to check");
    }
    // A text without any object would be the line `0 checked`. The other formats are complete
    // documents, which other programs read.
    let has_nothing_to_list = report.summary.checked == 0 && report.passed_over.is_empty();
    if has_nothing_to_list && arguments.output == Output::Text {
        return ExitCode::from(status);
    }
    print(&write_report(&report, arguments.output), status)
}

/// Reports why nothing can be judged. Other programs read a report in any form but text, so they
/// get one here, too. It holds only the errors.
fn report_unusable_settings(errors: Vec<Unreadable>, arguments: &Check) -> ExitCode {
    print_errors(&errors);
    let status = Conclusion::Unreadable.status();
    if arguments.quiet || arguments.output == Output::Text {
        return ExitCode::from(status);
    }
    let report = Report {
        unreadable: errors,
        ..Report::default()
    };
    print(&write_report(&report, arguments.output), status)
}

/// Returns at how many columns text is wrapped: `COLUMNS` if it is set, else the width of the
/// terminal. `None` if there is no terminal.
fn text_width() -> Option<usize> {
    let columns = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let terminal = terminal_size::terminal_size_of(io::stdout());
    columns.or(terminal.map(|(width, _)| width.0.into()))
}

fn write_report(report: &Report, format: Output) -> String {
    match format {
        Output::Text => output::text::text(report, text_width()),
        Output::Json => output::json::json(report),
        Output::Junit => output::junit::junit(report),
        Output::Sarif => output::sarif::sarif(report, &|file| fs::read_to_string(file).ok()),
        Output::Github => output::github::github(report),
    }
}

fn run_validate(arguments: &Validate) -> ExitCode {
    let validation = validate::validate(arguments);
    let status = validation.conclusion().status();
    if arguments.quiet {
        return ExitCode::from(status);
    }
    print_errors(&validation.unreadable);
    print(&validation.lines.concat(), status)
}

fn run_suggest(arguments: &Suggest) -> ExitCode {
    let paths = arguments.manifests.paths();
    if paths.is_empty() {
        exit_without_path("suggest");
    }
    let options = suggest::Options {
        namespace: arguments.manifests.namespace().to_owned(),
        form: arguments.output,
        any_tag: arguments.any_tag,
        any_command: arguments.any_command,
        requested_by: arguments.requested_by.clone(),
    };
    let exclusions = match arguments.manifests.exclusions() {
        Ok(exclusions) => exclusions,
        Err(error) => return fail(&error.to_string()),
    };
    // `suggest` is part of the library for the page, too, which cannot read files.
    match suggest::suggest(&options, |look| Walk::through(&paths, &exclusions, look)) {
        Ok(suggestion) => {
            print_errors(&suggestion.unreadable);
            for obstacle in &suggestion.obstacles {
                eprintln!("{obstacle}");
            }
            for note in &suggestion.notes {
                eprintln!("note: {note}");
            }
            print(&suggestion.yaml, suggestion.conclusion().status())
        }
        Err(problem) => fail(&problem),
    }
}

fn run_rules(arguments: &Rules) -> ExitCode {
    if arguments.names.is_empty() {
        return print(&built_in_rules::list(), 0);
    }
    match built_in_rules::find(&arguments.names) {
        Err(unknown_name) => fail(&unknown_name.to_string()),
        Ok(chosen) => match arguments.output {
            Form::Settings => print(&built_in_rules::settings_with(&chosen), 0),
            Form::Policy => print(&built_in_rules::policy_with_rules(&chosen), 0),
        },
    }
}

/// Ends the command with an error that says which PATH to write.
fn exit_without_path(command: &str) -> ! {
    let message = format!(
        "no PATH is given: write what to look at, as in `hostprocess {command} deploy/`, or `-` \
         for standard input"
    );
    let mut arguments = Arguments::command();
    // This gives the subcommand its whole usage line, which the error shows.
    arguments.build();
    let command = arguments
        .find_subcommand_mut(command)
        .expect("it is a command");
    command
        .error(ErrorKind::MissingRequiredArgument, message)
        .exit()
}

fn print_errors(unreadable: &[Unreadable]) {
    for error in unreadable {
        eprintln!("error: {error}");
    }
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

//! Measures the policy against an idiomatic one and against one that does nothing.

mod budget;
mod fuel;
mod guest;
mod measure;
mod profile;
mod report;
mod requests;
mod stats;
mod subjects;
mod times;
mod units;

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use wasmtime::error::{Context, Result};

use fuel::Fuel;
use subjects::Subjects;

#[derive(Parser)]
#[command(about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure sizes and times, and hold them against the budgets
    ///
    /// Exit status: 1 when a budget is missed.
    Times(Times),
    /// Count what each kind of request consumes
    ///
    /// Exit status: with --check, 1 when a request became dearer by more than 5 %.
    Fuel(Counting),
    /// Say which functions take the bytes and the instructions of a module with names
    Profile(Profiling),
}

#[derive(Args)]
struct Times {
    /// The idiomatic policy
    #[arg(long, default_value = "target/bench/baseline.wasm")]
    baseline: PathBuf,
    /// A file to write the tables into, between its marks
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// The module
    #[arg(default_value = "policy.wasm")]
    module: PathBuf,
}

#[derive(Args)]
struct Counting {
    /// Compare with the file instead of writing it
    #[arg(long)]
    check: bool,
    /// Where the counts are recorded
    #[arg(long, default_value = "bench/fuel.csv")]
    file: PathBuf,
    /// The module
    #[arg(default_value = "policy.wasm")]
    module: PathBuf,
}

#[derive(Args)]
struct Profiling {
    /// The module, built with the names of its functions
    module: PathBuf,
}

fn main() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Times(arguments) => times(&arguments),
        Command::Fuel(arguments) => count(&arguments),
        Command::Profile(Profiling { module }) => {
            print!("{}", profile::profile(&subjects::read(&module)?)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn times(arguments: &Times) -> Result<ExitCode> {
    let report = times::run(&Subjects::load(&arguments.module, &arguments.baseline)?)?;
    let tables = report.tables();
    print!("{tables}");
    if let Some(path) = &arguments.markdown {
        let document = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let document = report::insert(&document, &format!("{}{tables}", report::made()))
            .with_context(|| path.display().to_string())?;
        fs::write(path, document).with_context(|| path.display().to_string())?;
    }
    let missed = report.missed();
    eprintln!("{missed} of {} budgets missed", report.budgets.len());
    Ok(ExitCode::from(u8::from(missed > 0)))
}

fn count(arguments: &Counting) -> Result<ExitCode> {
    let path = &arguments.file;
    let counted = Fuel::count(&subjects::read(&arguments.module)?)?;
    let recorded = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Fuel::default(),
        text => {
            let text = text.with_context(|| path.display().to_string())?;
            Fuel::from_csv(&text).with_context(|| path.display().to_string())?
        }
    };
    let drifts = counted.drift_from(&recorded);
    for drift in &drifts {
        println!("{}", drift.text);
    }
    if arguments.check {
        let dearer = drifts.iter().any(|drift| drift.dearer);
        return Ok(ExitCode::from(u8::from(dearer)));
    }
    fs::write(path, counted.to_csv()).with_context(|| path.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

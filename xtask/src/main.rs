//! `cargo run -p xtask -- release VERSION DATE`: see [`xtask::release`]. The Makefile starts it.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use xtask::release;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["release", version, date] = arguments[..] else {
        eprintln!("usage: xtask release VERSION DATE");
        return ExitCode::from(2);
    };

    match prepare_release(version, date) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `version` into every file, and says what is left to do.
fn prepare_release(version: &str, date: &str) -> Result<(), String> {
    let changed = release::set_version(Path::new("."), version, date)?;
    println!("The version is {version} now, in");
    for path in changed {
        println!("  {}", path.display());
    }
    println!("Next: make test, commit, and after the merge push the tag v{version}.");
    Ok(())
}

//! The administrator's settings: the rules that admit HostProcess workloads, and what every
//! such workload must satisfy.

mod check;
mod entry;
mod nearest;
mod problems;
mod read;
#[cfg(feature = "schema")]
mod schema;
#[cfg(test)]
mod tests;
mod types;

use serde_json::Value;

pub use entry::{CommandLine, Entry};
pub use problems::{Problem, Problems};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};

impl Settings {
    /// The settings that `value` gives; null as a whole is the default.
    ///
    /// # Errors
    /// What keeps them from being read, else what is wrong with them; all of it.
    pub fn read(value: &Value) -> Result<Self, Problems> {
        if value.is_null() {
            return Ok(Settings::default());
        }
        let mut problems = Problems::default();
        if value.get("apiVersion").is_some() && value.get("kind").is_some() {
            let problem = "found a manifest: write what stands in its spec.settings";
            problems.add("settings".to_owned(), problem);
            return Err(problems);
        }
        let settings = read::read(value, &mut problems);
        if problems.is_empty() {
            problems = settings.problems();
        }
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// All that is wrong with settings that can be read.
    pub fn problems(&self) -> Problems {
        check::check(self)
    }
}

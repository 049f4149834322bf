//! The administrator's settings: the rules that admit HostProcess workloads, and what every such
//! workload must satisfy.
//!
//! | file | what it holds |
//! |---|---|
//! | `types` | the settings, with their keys and descriptions |
//! | `requirement` | the requirements, with their keys, descriptions and default modes |
//! | `objects` | which value each key takes |
//! | `reader` | reads values, and knows the path of each |
//! | `unknown_key` | what an unknown key was meant to be |
//! | `problems` | the texts of all errors |

mod objects;
mod problems;
mod reader;
mod requirement;
mod types;
mod unknown_key;

use serde_json::Value;

pub use crate::matching::requester::asks_rbac;
pub use crate::matching::words::{Word, WordPattern};
pub use problems::{Problem, Problems};
use reader::SettingsReader;
pub use requirement::{Mode, Requirement, Requirements};
pub use types::{ContainerEntry, MinimumVersions, Rule, Settings};
/// Finds the known key that an unknown one means. Public for the command, which reads policies.
#[doc(hidden)]
pub use unknown_key::find_meant_key;

impl Settings {
    /// Reads settings. `null` gives the default settings, as the policy server sends it if a policy
    /// has no settings.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn read(value: Value) -> Result<Self, Problems> {
        if value.is_null() {
            return Ok(Settings::default());
        }

        let mut reader = SettingsReader::default();
        let settings = objects::read_settings(value, &mut reader);
        match settings {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            // Where the reader returns `None`, it has added a problem.
            Some(_) | None => Err(reader.problems),
        }
    }
}

#[cfg(test)]
mod tests;

//! The command `hostprocess`: judges manifests by the policy's rules, and suggests rules.
//!
//! | step | module |
//! |---|---|
//! | files, directories, text → objects and requests | `reading` |
//! | objects → verdicts by the policy | `judging` |
//! | objects → a rule for each workload | `suggesting` |
//! | rules for what vendors publish | `built_in_rules` |
//! | verdicts → text, JSON, JUnit, SARIF | `output` |
//! | what needs a command line or a terminal | `command`, behind the feature `cli` |
//!
//! Every step may use `counted`, which writes numbers of things.
//!
//! Without the feature `cli` the library builds for `wasm32-unknown-unknown`.

pub mod built_in_rules;
#[cfg(feature = "cli")]
pub mod command;
pub mod counted;
pub mod judging;
pub mod output;
pub mod reading;
pub mod suggesting;

// The harness, the tests and the fuzz targets read recordings and YAML by these.
pub use judging::replay;
pub use reading::yaml;

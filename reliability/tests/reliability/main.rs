//! What the policy can be trusted with, in figures.
//!
//! | module | shows |
//! |---|---|
//! | `asking`, `typed`, `images`, `wildcards` | four oracles agree with the policy |
//! | `properties` | what holds for every request and every settings |
//! | `builds` | the module answers what the native build answers |
//! | `hostile`, `messages` | verdicts on hostile input, and that nobody else speaks in them |
//! | `corpora` | that the fuzz targets hold on their seeds |
//! | `limits`, `faults` | no stack overflow, no endless work; scarce memory, many threads |
//! | `pod_security`, `api_server` | the rules that Kubernetes itself has |
//!
//! Generated cases are the same in each run. `RELIABILITY_CASES` says how many each
//! property gets (100,000), `RELIABILITY_SEED` asks for others.

mod api_server;
mod asking;
mod builds;
mod cases;
mod corpora;
mod faults;
mod hostile;
mod images;
mod limits;
mod messages;
mod metered;
mod payload;
mod pod_security;
mod policy;
mod properties;
mod recorded;
mod typed;
mod wildcards;

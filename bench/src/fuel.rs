//! Fuel by request: about one unit for each instruction. It is the same on every
//! machine and in every run, so a change of the policy's cost shows in the diff of
//! the file, where times would drown it in noise.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wasmtime::error::{Context, Result, ensure};

use crate::guest::Code;
use crate::requests;

/// Drift that a check lets pass, as a part of the recorded value.
pub const TOLERANCE: f64 = 0.05;

const HEADER: &str = "request,bytes,fuel";

/// What one request of each kind consumes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fuel(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    request: String,
    bytes: usize,
    fuel: u64,
}

/// A difference between what is recorded and what was counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// In words, one line.
    pub text: String,
    /// Whether the request became dearer by more than [`TOLERANCE`].
    pub dearer: bool,
}

impl Fuel {
    /// Counts, on a fresh instance for each request.
    ///
    /// # Errors
    /// When the module fails.
    pub fn count(module: &[u8]) -> Result<Self> {
        let code = Code::compile(module, true)?;
        let mut entries = Vec::new();
        for case in requests::cases() {
            let mut guest = code.instance()?;
            let response: serde_json::Value =
                serde_json::from_slice(&guest.validate(&case.payload)?)?;
            ensure!(
                response["accepted"] == case.accepted,
                "{}: {response}",
                case.name
            );
            entries.push(Entry {
                request: case.name.replace(',', ""),
                bytes: case.payload.len(),
                fuel: guest.consumed()?,
            });
        }
        Ok(Self(entries))
    }

    /// As CSV.
    pub fn to_csv(&self) -> String {
        let mut csv = format!("{HEADER}\n");
        for Entry {
            request,
            bytes,
            fuel,
        } in &self.0
        {
            writeln!(csv, "{request},{bytes},{fuel}").expect("a string takes everything");
        }
        csv
    }

    /// From CSV, as [`Fuel::to_csv`] writes it.
    ///
    /// # Errors
    /// With the line that is not in order.
    pub fn from_csv(csv: &str) -> Result<Self> {
        let mut lines = csv.lines();
        ensure!(
            lines.next() == Some(HEADER),
            "the first line is not {HEADER}"
        );
        lines
            .map(|line| {
                let entry = || {
                    let mut fields = line.split(',');
                    let entry = Entry {
                        request: fields.next()?.to_string(),
                        bytes: fields.next()?.parse().ok()?,
                        fuel: fields.next()?.parse().ok()?,
                    };
                    fields.next().is_none().then_some(entry)
                };
                entry().with_context(|| format!("not in order: {line}"))
            })
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Where `self` differs from what was `recorded`.
    pub fn drift_from(&self, recorded: &Self) -> Vec<Drift> {
        let mut old: BTreeMap<&str, u64> = recorded
            .0
            .iter()
            .map(|entry| (&entry.request[..], entry.fuel))
            .collect();
        let mut drifts = Vec::new();
        for Entry { request, fuel, .. } in &self.0 {
            match old.remove(&request[..]) {
                None => drifts.push(Drift {
                    text: format!("{request}: {fuel}, not recorded"),
                    dearer: false,
                }),
                Some(before) if before == *fuel => {}
                Some(before) => {
                    let change = *fuel as f64 / before as f64 - 1.0;
                    drifts.push(Drift {
                        text: format!(
                            "{request}: {before} became {fuel} ({:+.1} %)",
                            change * 100.0
                        ),
                        dearer: change > TOLERANCE,
                    });
                }
            }
        }
        drifts.extend(old.into_keys().map(|request| Drift {
            text: format!("{request}: recorded, but no longer counted"),
            dearer: false,
        }));
        drifts
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const CSV: &str = "request,bytes,fuel\nsmallest,250,1000\n3.2 KB pod,3200,20000\n";

    #[test]
    fn csv_goes_round() {
        assert_eq!(Fuel::from_csv(CSV).unwrap().to_csv(), CSV);
    }

    #[rstest]
    #[case::no_header("smallest,250,1000\n", "the first line is not request,bytes,fuel")]
    #[case::not_a_number("request,bytes,fuel\na,b,1\n", "not in order: a,b,1")]
    #[case::too_few("request,bytes,fuel\na,1\n", "not in order: a,1")]
    #[case::too_many("request,bytes,fuel\na,1,2,3\n", "not in order: a,1,2,3")]
    fn csv_not_in_order(#[case] csv: &str, #[case] reason: &str) {
        assert_eq!(Fuel::from_csv(csv).unwrap_err().to_string(), reason);
    }

    #[rstest]
    #[case::same("smallest,250,1000\n3.2 KB pod,3200,20000\n", &[])]
    #[case::small("smallest,250,1049\n3.2 KB pod,3200,20000\n", &[("smallest: 1000 became 1049 (+4.9 %)", false)])]
    #[case::dearer("smallest,250,1000\n3.2 KB pod,3200,21001\n", &[("3.2 KB pod: 20000 became 21001 (+5.0 %)", true)])]
    #[case::cheaper("smallest,250,500\n3.2 KB pod,3200,20000\n", &[("smallest: 1000 became 500 (-50.0 %)", false)])]
    #[case::new_and_gone("smallest,250,1000\nother,1,2\n", &[("other: 2, not recorded", false), ("3.2 KB pod: recorded, but no longer counted", false)])]
    fn drift(#[case] lines: &str, #[case] expected: &[(&str, bool)]) {
        let now = Fuel::from_csv(&format!("{HEADER}\n{lines}")).unwrap();
        let drifts = now.drift_from(&Fuel::from_csv(CSV).unwrap());
        let found: Vec<(&str, bool)> = drifts
            .iter()
            .map(|drift| (&drift.text[..], drift.dearer))
            .collect();
        assert_eq!(found, expected);
    }
}

//! What was measured, and the tables that say so.

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use crate::budget::Budget;
use crate::stats::Samples;
use crate::units;

/// All that was measured.
#[derive(Default)]
pub struct Report {
    /// What has a budget.
    pub budgets: Vec<Row>,
    /// Times by the size of the request, from small to large.
    pub growth: Vec<Growth>,
}

/// A line of the table of budgets.
pub struct Row {
    what: String,
    budget: Budget,
    /// Ours, idiomatic, null.
    values: [String; 3],
}

/// How long a request of one size takes: ours, idiomatic, null.
pub struct Growth {
    /// In bytes.
    pub size: usize,
    /// On a live instance.
    pub warm: [Samples; 3],
    /// With a fresh instance for each call.
    pub cold: [Samples; 3],
}

impl Row {
    /// A line, with the values that the budget's was computed from: ours, the
    /// idiomatic policy's, the null policy's; empty where there is none.
    pub fn new(what: impl Into<String>, budget: Budget, values: [String; 3]) -> Self {
        Self {
            what: what.into(),
            budget,
            values,
        }
    }
}

impl Report {
    /// How many budgets are missed.
    pub fn missed(&self) -> usize {
        self.budgets.iter().filter(|row| !row.budget.met()).count()
    }

    /// The tables in Markdown.
    pub fn tables(&self) -> String {
        format!("{}\n\n{}\n", self.budget_table(), self.growth_table())
    }

    fn budget_table(&self) -> Table {
        let mut table = table(&[
            "",
            "this policy",
            "idiomatic",
            "null",
            "ratio or size",
            "budget",
            "",
        ]);
        for Row {
            what,
            budget,
            values: [ours, idiomatic, null],
        } in &self.budgets
        {
            table.add_row([
                what,
                ours,
                idiomatic,
                null,
                &budget.measured(),
                &budget.limit(),
                budget.verdict(),
            ]);
        }
        table
    }

    fn growth_table(&self) -> Table {
        let mut table = table(&[
            "request",
            "this policy, warm",
            "idiomatic",
            "null",
            "this policy, cold",
            "idiomatic",
            "null",
        ]);
        for Growth { size, warm, cold } in &self.growth {
            let times = warm
                .iter()
                .chain(cold)
                .map(|times| units::duration(times.median()));
            table.add_row(std::iter::once(units::size(*size)).chain(times));
        }
        table
    }
}

/// How the tables were made, for those who read them.
pub fn made() -> String {
    "\
One run of `make bench` in the engine that Kubewarden uses. *Idiomatic* is a policy written with the Kubewarden SDK and \
the types of k8s-openapi, built with Cargo's default release profile, that denies every HostProcess container. *Null* \
answers with a constant: no policy can be faster. They take turns request by request; times are medians ± half the distance \
of the quartiles. *Warm* is a call on a live instance; *cold* makes the instance first, as the policy server does for \
each request. How it is measured stands in [bench](bench/README.md).

"
    .to_string()
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    table
}

/// `document` with `text` between the lines that mark its place.
///
/// # Errors
/// When the marks are not there, in their order.
pub fn insert(document: &str, text: &str) -> wasmtime::Result<String> {
    const BEGIN: &str = "<!-- bench:begin -->\n";
    const END: &str = "<!-- bench:end -->\n";
    let parts = document
        .split_once(BEGIN)
        .and_then(|(before, rest)| rest.split_once(END).map(|(_, after)| (before, after)));
    let (before, after) = parts
        .ok_or_else(|| wasmtime::format_err!("no {} before a {}", BEGIN.trim(), END.trim()))?;
    Ok(format!("{before}{BEGIN}{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn samples(micros: [u64; 3]) -> [Samples; 3] {
        micros.map(|micros| Samples::new(vec![Duration::from_micros(micros)]))
    }

    fn report() -> Report {
        let values = |values: [&str; 3]| values.map(str::to_string);
        Report {
            budgets: vec![
                Row::new(
                    "module",
                    Budget::bytes(90_000, 100_000),
                    values(["90 KB", "2 MB", ""]),
                ),
                Row::new(
                    "warm",
                    Budget::ratio(0.25, 0.2),
                    values(["1 µs", "4 µs", ""]),
                ),
            ],
            growth: vec![Growth {
                size: 3_200,
                warm: samples([1, 2, 3]),
                cold: samples([10, 20, 30]),
            }],
        }
    }

    #[test]
    fn tables() {
        assert_eq!(
            report().tables(),
            "\
|        | this policy | idiomatic | null | ratio or size | budget          |            |
|--------|-------------|-----------|------|---------------|-----------------|------------|
| module | 90 KB       | 2 MB      |      | 90,000 bytes  | ≤ 100,000 bytes | met        |
| warm   | 1 µs        | 4 µs      |      | 1/4.0         | ≤ 1/5.0         | **missed** |

| request | this policy, warm | idiomatic | null   | this policy, cold | idiomatic | null  |
|---------|-------------------|-----------|--------|-------------------|-----------|-------|
| 3.2 KB  | 1.0 µs            | 2.0 µs    | 3.0 µs | 10 µs             | 20 µs     | 30 µs |
"
        );
    }

    #[test]
    fn counts_what_is_missed() {
        assert_eq!(report().missed(), 1);
    }

    #[test]
    fn insertion_replaces_what_was_there() {
        let document = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let expected = "a\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nb\n";
        assert_eq!(insert(document, "new\n").unwrap(), expected);
        assert_eq!(insert(expected, "new\n").unwrap(), expected);
    }

    #[test]
    fn insertion_needs_its_place() {
        let error = insert("<!-- bench:end -->\n<!-- bench:begin -->\n", "new\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no <!-- bench:begin --> before a <!-- bench:end -->"
        );
    }
}

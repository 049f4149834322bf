//! Runs a property on generated cases.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::fmt::{self, Debug, Display};

use proptest::prelude::{ProptestConfig, Strategy, any};
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use reliability::choices::Choices;

/// How many cases a property gets where nothing else is said.
const CASES: u32 = 100_000;

/// How many cases a property gets.
pub fn count() -> u32 {
    number("RELIABILITY_CASES").map_or(CASES, |cases| cases as u32)
}

/// The number in an environment variable.
fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

/// Checks a property on [`count`] cases, each generated from up to `size` choices.
///
/// `check` says what class of case it was; each of `classes` must make up at least
/// one in two hundred, so that no property holds for want of cases.
pub fn for_all<T: Display>(
    size: usize,
    classes: &[&'static str],
    generate: impl Fn(&mut Choices<'_>) -> T,
    check: impl Fn(&T) -> Result<&'static str, String>,
) {
    for_all_of(count(), size, classes, generate, check);
}

/// As [`for_all`], on `cases` cases.
pub fn for_all_of<T: Display>(
    cases: u32,
    size: usize,
    classes: &[&'static str],
    generate: impl Fn(&mut Choices<'_>) -> T,
    check: impl Fn(&T) -> Result<&'static str, String>,
) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("RELIABILITY_SEED").unwrap_or(1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let bytes = proptest::collection::vec(any::<u8>(), size / 2..=size);
    let strategy = bytes.prop_map(|bytes| Case(generate(&mut Choices::new(&bytes))));
    let seen = RefCell::new(BTreeMap::new());
    let result = TestRunner::new_with_rng(config, rng).run(&strategy, |Case(case)| {
        let class = check(&case).map_err(TestCaseError::fail)?;
        *seen.borrow_mut().entry(class).or_insert(0) += 1;
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    let seen = seen.into_inner();
    println!("{cases} cases: {seen:?}");
    for class in classes {
        let share = seen.get(class).copied().unwrap_or(0);
        assert!(
            share * 200 >= cases,
            "only {share} of {cases} cases were {class}"
        );
    }
}

/// A case that failures show as JSON.
struct Case<T>(T);

impl<T: Display> Debug for Case<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not `Display::fmt`: proptest asks for the long form.
        write!(f, "{}", self.0)
    }
}

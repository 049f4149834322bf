//! What the module may answer to a payload, and what the answer may cost.

use harness::{Cost, cost};

use super::{Verdict, answer};

/// What the module executes in less than half a second on one core.
pub const MOST_INSTRUCTIONS: u64 = 5_000_000_000;
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// What the module should answer.
pub enum Expected {
    Accepted,
    /// The request is denied, with this fragment in the message.
    Denied(&'static str),
}

/// No rule matches, and the message says what does not match.
pub const DENIED_BY_THE_RULES: Expected = Expected::Denied("comes closest");
/// The budget was spent before all rules were compared.
pub const TOO_MUCH_WORK: Expected = Expected::Denied("too many containers, words or node labels");
/// The parsed payload would not fit into the memory.
pub const TOO_LARGE_TO_READ: Expected = Expected::Denied("too many objects and lists");

/// Checks what the module answers to `payload`, and that the answer stays within the bounds.
#[track_caller]
pub fn check(payload: &str, expected: Expected) {
    let cost = cost(payload.as_bytes()).expect("an answer");
    println!(
        "{} bytes: {} million instructions, {} MB",
        payload.len(),
        cost.instructions / 1_000_000,
        cost.memory >> 20
    );
    let answer = answer(payload);
    match expected {
        Expected::Accepted => {
            assert_eq!(answer.verdict, Verdict::Accepted, "{}", answer.message);
        }
        Expected::Denied(fragment) => {
            assert_eq!(answer.verdict, Verdict::Denied, "{}", answer.message);
            assert!(answer.message.contains(fragment), "{}", answer.message);
        }
    }
    check_bounds(cost);
}

/// Checks that an answer with this cost stays within the bounds.
#[track_caller]
pub fn check_bounds(cost: Cost) {
    assert!(cost.instructions < MOST_INSTRUCTIONS, "{cost:?}");
    assert!(cost.memory <= MOST_MEMORY, "{cost:?}");
}

/// Returns how many instructions the module executes to answer `payload`.
pub fn instructions(payload: &str) -> u64 {
    cost(payload.as_bytes()).expect("an answer").instructions
}

/// Checks that twice the input takes less than two and a half times the instructions.
#[track_caller]
pub fn check_growth(instructions: u64, instructions_for_twice_the_input: u64) {
    assert!(
        2 * instructions_for_twice_the_input < 5 * instructions,
        "{instructions} instructions, {instructions_for_twice_the_input} for twice the input"
    );
}

//! Times calls in turns, so that whatever else the machine does hits all alike.

use std::time::{Duration, Instant};

use engine::Module;
use wasmtime::error::{Result, ensure};

use crate::stats::Samples;

/// How long one group of lanes is measured, unless it needs longer for the
/// least number of rounds.
const TIME: Duration = Duration::from_millis(1500);
const LEAST_ROUNDS: usize = 41;
const MOST_ROUNDS: usize = 10_001;

/// What an instance of a module is asked.
#[derive(Clone, Copy)]
pub struct Lane<'a> {
    /// The module.
    pub module: &'a Module,
    /// The payload of `validate`.
    pub payload: &'a [u8],
    /// The verdict it has to come to.
    pub accepted: bool,
}

/// Whether an instance is made for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// One instance is called again and again.
    Warm,
    /// An instance is made from the compiled module, initialised and called, as the
    /// policy server does for each request. Dropping it is not timed.
    Cold,
}

/// Calls the lanes in turns; the samples are in the lanes' order.
///
/// # Errors
/// When a module fails, or comes to another verdict than its lane says.
pub fn in_turns<const N: usize>(lanes: [Lane<'_>; N], start: Start) -> Result<[Samples; N]> {
    let mut instances = Vec::new();
    for lane in lanes {
        let instance = lane.module.instance()?;
        check(&instance.validate(lane.payload)?, lane.accepted)?;
        instances.push(instance);
    }
    take_turns(|index| {
        let Lane {
            module, payload, ..
        } = lanes[index];
        let begin = Instant::now();
        match start {
            Start::Warm => {
                instances[index].validate(payload)?;
                Ok(begin.elapsed())
            }
            Start::Cold => {
                let instance = module.instance()?;
                instance.validate(payload)?;
                Ok(begin.elapsed())
            }
        }
    })
}

/// Compiles the modules in turns, `rounds` times each.
///
/// # Errors
/// When one is no module.
pub fn compile_in_turns<const N: usize>(
    modules: [&[u8]; N],
    rounds: usize,
) -> Result<[Samples; N]> {
    let mut durations: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..rounds {
        for index in order(round, N) {
            let begin = Instant::now();
            let module = Module::load(modules[index])?;
            durations[index].push(begin.elapsed());
            drop(module);
        }
    }
    Ok(durations.map(Samples::new))
}

fn take_turns<const N: usize>(
    mut time: impl FnMut(usize) -> Result<Duration>,
) -> Result<[Samples; N]> {
    let mut durations: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    let begin = Instant::now();
    for round in 0..MOST_ROUNDS {
        if round >= LEAST_ROUNDS && begin.elapsed() >= TIME {
            break;
        }
        for index in order(round, N) {
            durations[index].push(time(index)?);
        }
    }
    Ok(durations.map(Samples::new))
}

/// The lanes' order in a round: each begins in turn, forwards and backwards, so
/// that none always follows the same other one.
fn order(round: usize, lanes: usize) -> impl Iterator<Item = usize> {
    let backwards = (round / lanes) % 2 == 1;
    (0..lanes).map(move |step| {
        let step = if backwards { lanes - step } else { step };
        (round + step) % lanes
    })
}

fn check(response: &[u8], accepted: bool) -> Result<()> {
    let value: serde_json::Value = serde_json::from_slice(response)?;
    ensure!(
        value["accepted"] == accepted,
        "accepted should be {accepted}: {}",
        String::from_utf8_lossy(response)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lane_follows_each_other_one() {
        let orders: Vec<Vec<usize>> = (0..6).map(|round| order(round, 3).collect()).collect();
        assert_eq!(
            orders,
            [
                [0, 1, 2],
                [1, 2, 0],
                [2, 0, 1],
                [0, 2, 1],
                [1, 0, 2],
                [2, 1, 0]
            ]
        );
    }
}

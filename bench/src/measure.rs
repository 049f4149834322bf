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
    for index in Turns::<N>::default().take(rounds * N) {
        let begin = Instant::now();
        let module = Module::load(modules[index])?;
        durations[index].push(begin.elapsed());
        drop(module);
    }
    Ok(durations.map(Samples::new))
}

fn take_turns<const N: usize>(
    mut time: impl FnMut(usize) -> Result<Duration>,
) -> Result<[Samples; N]> {
    let mut durations: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    let begin = Instant::now();
    let mut turns = Turns::<N>::default();
    for round in 0..MOST_ROUNDS {
        if round >= LEAST_ROUNDS && begin.elapsed() >= TIME {
            break;
        }
        for index in turns.by_ref().take(N) {
            durations[index].push(time(index)?);
        }
    }
    Ok(durations.map(Samples::new))
}

/// Whose turn it is, again and again: each lane follows each other one equally
/// often, and never itself where there are others. What a call finds in the caches
/// is what the one before it has left there.
struct Turns<const N: usize> {
    last: usize,
    /// How often the second has followed the first.
    followed: [[usize; N]; N],
}

impl<const N: usize> Default for Turns<N> {
    fn default() -> Self {
        Self {
            last: 0,
            followed: [[0; N]; N],
        }
    }
}

impl<const N: usize> Iterator for Turns<N> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let row = &self.followed[self.last];
        // Of those that have followed the last lane least, the one that has least
        // to follow itself.
        let next = (0..N)
            .filter(|lane| *lane != self.last || N == 1)
            .min_by_key(|lane| (row[*lane], self.followed[*lane].iter().sum::<usize>()))?;
        self.followed[self.last][next] += 1;
        self.last = next;
        Some(next)
    }
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

    fn assert_fair<const N: usize>(rounds: usize) {
        let turns: Vec<usize> = Turns::<N>::default().take(rounds * N).collect();
        let mut followed = [[0usize; N]; N];
        for pair in turns.windows(2) {
            followed[pair[0]][pair[1]] += 1;
        }
        let fair = rounds / (N - 1);
        for (lane, row) in followed.iter().enumerate() {
            assert_eq!(row[lane], 0, "{lane} follows itself");
            for (other, count) in row.iter().enumerate() {
                let is_fair = other == lane || count.abs_diff(fair) <= 1;
                assert!(is_fair, "{count} of {fair} times {other} follows {lane}");
            }
        }
    }

    #[test]
    fn each_lane_follows_each_other_one_equally_often() {
        assert_fair::<2>(41);
        assert_fair::<3>(41);
        assert_fair::<4>(41);
        assert_fair::<6>(1000);
        let alone: Vec<usize> = Turns::<1>::default().take(3).collect();
        assert_eq!(alone, [0, 0, 0]);
    }
}

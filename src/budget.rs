//! Limits the work that one request may cause.

/// How many bytes may be compared, copied or written for one request. That is about 4 billion
/// instructions, and less than half a second on one core. The policy server gives a request 2 s.
const BYTES_PER_REQUEST: usize = 200_000_000;

/// What is left of the work that one request may cause.
///
/// The unit is a byte that is compared, copied or written. It stands for about 20 instructions of the
/// module, and other work is counted in the same unit.
///
/// A policy server stops a policy that runs for too long, and answers with code 500 and no reason. The
/// budget lets the policy deny the request with a reason before that. Each request has one budget.
/// Work whose cost can grow faster than the payload spends from the budget before it is done.
#[derive(Debug)]
pub struct Budget {
    bytes_left: usize,
}

/// Says that too little of the budget is left. The caller must not do the work, and the policy denies
/// the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSpent;

impl Budget {
    /// Returns the full budget of one request.
    pub fn for_request() -> Self {
        Budget {
            bytes_left: BYTES_PER_REQUEST,
        }
    }

    /// Takes `bytes` from the budget.
    ///
    /// # Errors
    /// Less than `bytes` is left. Nothing is taken then.
    pub fn spend(&mut self, bytes: usize) -> Result<(), BudgetSpent> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(BudgetSpent)?;
        Ok(())
    }
}

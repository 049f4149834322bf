//! A small hash table of the names that the administrator gives.
//!
//! Why not `HashMap`: its hasher and its growing cost more of the module than
//! all that is asked of it here, which is to be linear for ten thousand names.

use alloc::vec::Vec;

/// A table that is given at most as many names as it was made for.
pub(crate) struct Table<'a, T>(Vec<Option<(&'a str, T)>>);

impl<'a, T: Copy> Table<'a, T> {
    /// A table for up to `count` names.
    pub(crate) fn for_names(count: usize) -> Self {
        let mut slots = Vec::new();
        // Half of the slots stay empty, so that every search ends soon.
        slots.resize((2 * count + 1).next_power_of_two(), None);
        Table(slots)
    }

    /// Gives `name` the value `value` unless it has one, which it then returns.
    pub(crate) fn insert(&mut self, name: &'a str, value: T) -> Option<T> {
        let slot = self.slot(name);
        match self.0[slot] {
            Some((_, value)) => Some(value),
            None => {
                self.0[slot] = Some((name, value));
                None
            }
        }
    }

    /// The slot that holds `name`, or would.
    fn slot(&self, name: &str) -> usize {
        let last = self.0.len() - 1;
        // FNV-1a.
        let hash = name.bytes().fold(0x811c_9dc5u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let mut slot = hash as usize & last;
        while self.0[slot].is_some_and(|(other, _)| other != name) {
            slot = (slot + 1) & last;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn the_first_value_of_a_name_stays() {
        let mut table = Table::for_names(2);
        assert_eq!(table.insert("a", 1), None);
        assert_eq!(table.insert("a", 2), Some(1));
        assert_eq!(table.insert("", 3), None);
        assert_eq!(table.insert("", 4), Some(3));
    }

    #[test]
    fn a_full_table_finds_every_name() {
        let names: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
        let mut table = Table::for_names(names.len());
        for (value, name) in names.iter().enumerate() {
            assert_eq!(table.insert(name, value), None);
        }
        for (value, name) in names.iter().enumerate() {
            assert_eq!(table.insert(name, 0), Some(value));
        }
    }
}

//! The Mersenne Twister behind the `random` module, bit for bit.

use crate::int::{MASK, SHIFT};

const SIZE: usize = 624;
const MIDDLE: usize = 397;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// MT19937's state.
#[derive(Clone)]
pub struct MersenneTwister {
    state: [u32; SIZE],
    /// How many words of the state have been used up.
    index: usize,
}

impl MersenneTwister {
    /// Seeded with a word.
    pub fn from_word(seed: u32) -> MersenneTwister {
        let mut state = [0; SIZE];
        state[0] = seed;
        for index in 1..SIZE {
            let previous: u32 = state[index - 1];
            state[index] = (previous ^ previous >> 30).wrapping_mul(1812433253).wrapping_add(index as u32);
        }
        MersenneTwister { state, index: SIZE }
    }

    /// Seeded with words; none counts as a single zero.
    pub fn from_words(key: &[u32]) -> MersenneTwister {
        let key = if key.is_empty() { &[0] } else { key };
        let mut out = MersenneTwister::from_word(19650218);
        let state = &mut out.state;
        let mut index = 1;
        let step = |state: &mut [u32; SIZE], index: &mut usize, factor: u32| {
            let previous = state[*index - 1];
            state[*index] ^= (previous ^ previous >> 30).wrapping_mul(factor);
            *index
        };
        let advance = |state: &mut [u32; SIZE], index: &mut usize| {
            *index += 1;
            if *index == SIZE {
                state[0] = state[SIZE - 1];
                *index = 1;
            }
        };
        let mut position = 0;
        for _ in 0..SIZE.max(key.len()) {
            let at = step(state, &mut index, 1664525);
            state[at] = state[at].wrapping_add(key[position]).wrapping_add(position as u32);
            position = (position + 1) % key.len();
            advance(state, &mut index);
        }
        for _ in 0..SIZE - 1 {
            let at = step(state, &mut index, 1566083941);
            state[at] = state[at].wrapping_sub(at as u32);
            advance(state, &mut index);
        }
        state[0] = UPPER;
        out
    }

    /// Seeded with an int's magnitude, as `random.seed(int)` does.
    pub fn from_digits(digits: &[u32]) -> MersenneTwister {
        let mut words = Vec::with_capacity(digits.len() + 1);
        let mut gathered = 0u64;
        let mut bits = 0;
        for &digit in digits {
            gathered |= (digit as u64) << bits;
            bits += SHIFT;
            if bits >= 32 {
                words.push(gathered as u32);
                gathered >>= 32;
                bits -= 32;
            }
        }
        if gathered != 0 {
            words.push(gathered as u32);
        }
        while words.last() == Some(&0) {
            words.pop();
        }
        MersenneTwister::from_words(&words)
    }

    fn refill(&mut self) {
        let state = &mut self.state;
        for index in 0..SIZE {
            let joined = state[index] & UPPER | state[(index + 1) % SIZE] & LOWER;
            let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            state[index] = state[(index + MIDDLE) % SIZE] ^ joined >> 1 ^ twist;
        }
        self.index = 0;
    }

    /// The next 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= SIZE {
            self.refill();
        }
        let mut word = self.state[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    /// `random()`: 53 random bits as a fraction in `[0, 1)`.
    #[inline]
    pub fn next_f64(&mut self) -> f64 {
        let high = (self.next_u32() >> 5) as f64;
        let low = (self.next_u32() >> 6) as f64;
        (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)
    }

    /// `getrandbits(count)` for at most 64 bits.
    pub fn bits_u64(&mut self, count: u32) -> u64 {
        match count {
            0 => 0,
            1..=32 => (self.next_u32() >> (32 - count)) as u64,
            _ => {
                let low = self.next_u32() as u64;
                low | ((self.next_u32() >> (64 - count.min(64))) as u64) << 32
            }
        }
    }

    /// `getrandbits(count)` as digits.
    pub fn bits(&mut self, count: u64) -> Vec<u32> {
        let mut digits = Vec::with_capacity((count / SHIFT as u64) as usize + 2);
        let mut left = count;
        let mut gathered = 0u64;
        let mut available = 0;
        while left > 0 {
            let mut word = self.next_u32();
            if left < 32 {
                word >>= 32 - left;
            }
            left = left.saturating_sub(32);
            gathered |= (word as u64) << available;
            available += 32;
            while available >= SHIFT {
                digits.push(gathered as u32 & MASK);
                gathered >>= SHIFT;
                available -= SHIFT;
            }
        }
        if gathered != 0 {
            digits.push(gathered as u32);
        }
        crate::int::digits::normalize(&mut digits);
        digits
    }

    /// The state, as `getstate()` gives it: the words, and how many of them have been used.
    pub fn state(&self) -> (&[u32; SIZE], usize) {
        (&self.state, self.index)
    }

    /// Sets the state; false, and nothing changed, if `index` is out of range.
    pub fn set_state(&mut self, state: &[u32; SIZE], index: usize) -> bool {
        if index > SIZE {
            return false;
        }
        self.state = *state;
        self.index = index;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int::BigInt;

    #[test]
    fn figures() {
        let mut random = MersenneTwister::from_digits(&[12345]);
        assert_eq!([random.next_u32(), random.next_u32(), random.next_u32()], [1789368711, 3146859322, 43676229]);
        assert_eq!(random.next_f64(), 0.8201747225612886);
        assert_eq!(BigInt::new(false, random.bits(100)).to_string(), "463891852359018559288944064743");
        assert_eq!(random.bits_u64(5), 29);
        let seed = BigInt::from((1i128 << 40) + 5);
        assert_eq!(MersenneTwister::from_digits(&seed.digits).next_u32(), 2166296868);
        assert_eq!(MersenneTwister::from_digits(&[]).next_u32(), 3626764237);
    }
}

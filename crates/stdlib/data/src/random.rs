//! `_random`: the Mersenne Twister behind `random.Random`.

use std::cell::RefCell;

use pyrox_macros::{pyclass, pymodule};
use pyrox_numeric::random::MersenneTwister;
use pyrox_objects::native::FromArgument;
use pyrox_objects::{Dict, Head, Int, Module, Obj, Object, Owned, PyResult, Thread, Tuple, Type, abi};

const WORDS: usize = 624;

/// A generator.
#[repr(C)]
pub struct Random {
    head: Head,
    generator: RefCell<MersenneTwister>,
}

impl Random {
    fn reseed(&self, thread: &Thread, seed: Option<&Object>) -> PyResult<()> {
        let generator = match seed.filter(|s| !s.is_none()) {
            None => {
                let mut words = [0u32; WORDS];
                let length = size_of_val(&words);
                let mut filled = 0;
                while filled < length {
                    // SAFETY: writes within the array.
                    let got = unsafe { libc::getrandom((words.as_mut_ptr() as *mut u8).add(filled) as *mut _, length - filled, 0) };
                    match usize::try_from(got) {
                        Ok(got) => filled += got,
                        Err(_) if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
                        Err(_) => return Err(thread.runtime_error("no source of randomness")),
                    }
                }
                MersenneTwister::from_words(&words)
            }
            Some(seed) => match seed.cast::<Int>() {
                Some(int) => MersenneTwister::from_digits(int.digits()),
                None => {
                    let hash = Int::from_u64(seed.hash(thread)? as u64);
                    MersenneTwister::from_digits(hash.digits())
                }
            },
        };
        *self.generator.borrow_mut() = generator;
        Ok(())
    }
}

/// Random() -> create a random number generator with its own internal state.
#[pyclass(name = "Random", module = "_random", dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Random {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let made = Random { head: Head::unset(), generator: RefCell::new(MersenneTwister::from_word(0)) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        if self.is_exact::<Random>() && kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("Random() takes no keyword arguments"));
        }
        match args.items() {
            [] => self.reseed(thread, None),
            [seed] => self.reseed(thread, Some(seed)),
            more => Err(thread.type_error(&format!("Random expected at most 1 argument, got {}", more.len()))),
        }
    }
    /// random() -> x in the interval [0, 1).
    #[method]
    fn random(&self) -> f64 {
        self.generator.borrow_mut().next_f64()
    }
    /// seed([n]) -> None.
    ///
    /// Defaults to use urandom and falls back to a combination of the current time and the process identifier.
    #[method(sig = "(n=None, /)")]
    fn seed(&self, thread: &Thread, n: Option<&Object>) -> PyResult<()> {
        self.reseed(thread, n)
    }
    /// getrandbits(k) -> x.  Generates an int with k random bits.
    #[method(sig = "(k, /)")]
    fn getrandbits(&self, thread: &Thread, k: &Object) -> PyResult<Owned<Int>> {
        let k = k.index(thread)?;
        if k.is_negative() {
            return Err(thread.value_error("Cannot convert negative int"));
        }
        let k = k.to_u64().ok_or_else(|| thread.overflow_error("Python int too large for C uint64_t"))?;
        if k <= 64 {
            let bits = if k == 0 { 0 } else { self.generator.borrow_mut().bits_u64(k as u32) };
            return Ok(Int::from_u64(bits));
        }
        if k > 1 << 40 {
            return Err(thread.no_memory());
        }
        Ok(Int::from_pair((false, &self.generator.borrow_mut().bits(k))))
    }
    /// getstate() -> tuple containing the current state.
    #[method]
    fn getstate(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let items = {
            let generator = self.generator.borrow();
            let (words, index) = generator.state();
            words.iter().map(|&w| Int::from(w as i64).upcast()).chain([Int::from(index as i64).upcast()]).collect()
        };
        Tuple::from_vec(thread, items)
    }
    /// setstate(state) -> None.  Restores generator state.
    #[method(sig = "(state, /)")]
    fn setstate(&self, thread: &Thread, state: &Object) -> PyResult<()> {
        let Some(state) = state.cast::<Tuple>() else { return Err(thread.type_error("state vector must be a tuple")) };
        if state.len() != WORDS + 1 {
            return Err(thread.value_error("state vector is the wrong size"));
        }
        let mut words = [0u32; WORDS];
        let (items, index) = state.items().split_at(WORDS);
        for (word, item) in words.iter_mut().zip(items) {
            let Some(int) = item.cast::<Int>() else { return Err(thread.type_error("an integer is required")) };
            if int.is_negative() {
                return Err(thread.overflow_error("can't convert negative value to unsigned int"));
            }
            let Some(value) = int.to_u64() else {
                return Err(thread.overflow_error("Python int too large to convert to C unsigned long"));
            };
            *word = value as u32;
        }
        let place = pyrox_objects::native::Place { function: "setstate", index: 1, parameter: "state", positional_only: true, sole: true };
        let index = match index.first() {
            Some(index) => i64::from_argument(thread, index, &place)?,
            None => 0,
        };
        let done = usize::try_from(index).is_ok_and(|index| self.generator.borrow_mut().set_state(&words, index));
        if done { Ok(()) } else { Err(thread.value_error("invalid state")) }
    }
}

pymodule!(name = "_random", doc = "Module implements the Mersenne Twister random number generator.", functions = [], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Random>(thread)
}

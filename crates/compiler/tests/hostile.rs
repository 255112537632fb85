//! Bad input never panics: marshalled code and sources, changed at random but with fixed seeds.
//!
//! Whatever comes out is an error or a value; a value that was read must be writable again.

use pyrox_compiler::code::{Code, Const, Text};
use pyrox_compiler::{CompileError, Mode, Options, compile, marshal, pyc};

const SOURCES: [&str; 4] = [
    "import a.b as c\nfrom d import *\nx = 1, -2.5, 10**30, 'text', b'bytes', None, ..., 3j, 'é\\ud800'\nprint(f'{x!r:>{10}}')\n",
    "class C[T](B, metaclass=M):\n    @property\n    def f(self, a, /, b=1, *c, d: int = 2, **e):\n        nonlocal_ = lambda: (self, a)\n        return [i for i in b if i]\n",
    "async def g():\n    async with a as b, c:\n        try:\n            await d\n        except* E as e:\n            yield e\n        finally:\n            del b[1:2]\n",
    "match x:\n    case [1, *_, {'k': v, **r}] | C(v, q=r) if v:\n        global z\n        z += 1\nwhile (y := 5) in {1, 2, 3}: continue\nelse: assert y, t'{y}'\n",
];

/// Pseudo-random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Changes, removes, doubles or moves a few of the bytes.
fn mutate(random: &mut Random, data: &mut Vec<u8>, likely: &[u8]) {
    for _ in 0..1 + random.below(4) {
        let at = random.below(data.len());
        match random.below(6) {
            0 => data.truncate(at),
            1 if at < data.len() => data[at] ^= 1 << random.below(8),
            2 if at < data.len() => data[at] = random.next() as u8,
            3 => data.insert(at, likely[random.below(likely.len())]),
            4 if at < data.len() => {
                data.remove(at);
            }
            _ => {
                let end = (at + 1 + random.below(24)).min(data.len());
                let piece = data[at.min(end)..end].to_vec();
                let to = random.below(data.len());
                data.splice(to..to, piece);
            }
        }
    }
}

fn compiled(source: &[u8]) -> Result<Code, CompileError> {
    let options = Options { mode: Mode::Exec, optimize: 0, flags: 0, filename: Text::from("hostile.py") };
    compile(source, &options, &mut Vec::new())
}

fn marshalled() -> Vec<Vec<u8>> {
    let codes = SOURCES.iter().map(|source| compiled(source.as_bytes()).unwrap_or_else(|error| panic!("{error:?}")));
    codes.map(|code| marshal::dumps(&code, marshal::VERSION).expect("compiled code can be written")).collect()
}

#[test]
fn marshal_data_never_panics() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let originals = marshalled();
    let mut read = 0;
    for round in 0..40_000 {
        let mut data = originals[round % originals.len()].clone();
        mutate(&mut random, &mut data, b"NFTS.iIlfgxysutaAzZr()[{<>:c\xe3\xe9\xff\0");
        if let Ok(value) = marshal::loads(&data) {
            read += 1;
            let written = marshal::dumps_const(&value, marshal::VERSION);
            if let (Const::Code(code), 0) = (&value, round % 8) {
                let _ = marshal::dumps(code, marshal::VERSION);
            }
            if let Ok(written) = written {
                assert!(marshal::loads(&written).is_ok(), "what was read and written can be read again");
            }
        }
    }
    assert!(read > 1000, "only {read} of the changed data can still be read: the changes are too rough");
}

#[test]
fn short_random_data_never_panics() {
    let mut random = Random(42);
    let likely = b"NFTS.iIlfgxysutaAzZr()[{<>:c";
    for _ in 0..200_000 {
        let length = random.below(24);
        let mut data: Vec<u8> =
            (0..length).map(|_| if random.below(3) == 0 { random.next() as u8 & 3 } else { likely[random.below(likely.len())] }).collect();
        if random.below(2) == 0 && !data.is_empty() {
            data[0] |= 0x80;
        }
        let _ = marshal::loads(&data);
    }
}

#[test]
fn bytecode_files_never_panic() {
    let mut random = Random(7);
    let header = pyc::header(pyc::Validation::Timestamp { mtime: 1, size: 2 });
    for (round, code) in marshalled().iter().cycle().take(4_000).enumerate() {
        let mut file = [&header[..], code].concat();
        let reach = if round % 2 == 0 { header.len() + 8 } else { file.len() };
        let mut front = file[..reach].to_vec();
        mutate(&mut random, &mut front, b"\0\xff\x2b\x0e\r\nc\xe3");
        file.splice(..reach, front);
        let _ = pyc::read(&file);
    }
}

#[test]
fn sources_never_panic() {
    let mut random = Random(1234);
    let likely = "()[]{}:,.=*@'\"\\\n\t #f~<>-+!\0é".as_bytes();
    for round in 0..20_000 {
        let mut source = SOURCES[round % SOURCES.len()].as_bytes().to_vec();
        mutate(&mut random, &mut source, likely);
        let result = std::panic::catch_unwind(|| {
            let _ = compiled(&source);
        });
        assert!(result.is_ok(), "the compiler panics on {:?}", String::from_utf8_lossy(&source));
    }
}

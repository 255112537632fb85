//! Typecodes: what an array's items are, and how they are read and written.

use std::ffi::CStr;

use pyrox_objects::{Float, Int, Obj, Object, PyResult, Raised, Str, Thread};

/// What the items of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub code: u8,
    pub size: usize,
    /// The format of exported buffers.
    pub format: &'static CStr,
    /// The code in pickles that tells the memory's layout.
    pub machine: u8,
}

pub static KINDS: [Kind; 14] = [
    Kind { code: b'b', size: 1, format: c"b", machine: 1 },
    Kind { code: b'B', size: 1, format: c"B", machine: 0 },
    Kind { code: b'u', size: 4, format: c"u", machine: 20 },
    Kind { code: b'w', size: 4, format: c"w", machine: 20 },
    Kind { code: b'h', size: 2, format: c"h", machine: 4 },
    Kind { code: b'H', size: 2, format: c"H", machine: 2 },
    Kind { code: b'i', size: 4, format: c"i", machine: 8 },
    Kind { code: b'I', size: 4, format: c"I", machine: 6 },
    Kind { code: b'l', size: 8, format: c"l", machine: 12 },
    Kind { code: b'L', size: 8, format: c"L", machine: 10 },
    Kind { code: b'q', size: 8, format: c"q", machine: 12 },
    Kind { code: b'Q', size: 8, format: c"Q", machine: 10 },
    Kind { code: b'f', size: 4, format: c"f", machine: 14 },
    Kind { code: b'd', size: 8, format: c"d", machine: 16 },
];

/// One item's bytes in the machine's order.
pub type Item = [u8; 8];

/// The kind of a typecode.
pub fn find(code: u32) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code as u32 == code)
}

fn item<const N: usize>(bytes: [u8; N]) -> Item {
    let mut out = [0; 8];
    out[..N].copy_from_slice(&bytes);
    out
}

fn part<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let count = N.min(bytes.len());
    out[..count].copy_from_slice(&bytes[..count]);
    out
}

fn within(thread: &Thread, value: &Object, low: i64, high: i64, name: &str) -> PyResult<i64> {
    let value = value.index(thread)?;
    match value.to_i64() {
        Some(number) if number > high => Err(thread.overflow_error(&format!("{name} is greater than maximum"))),
        Some(number) if number < low => Err(thread.overflow_error(&format!("{name} is less than minimum"))),
        Some(number) => Ok(number),
        None => Err(thread.overflow_error("Python int too large to convert to C long")),
    }
}

impl Kind {
    pub fn is_text(&self) -> bool {
        matches!(self.code, b'u' | b'w')
    }

    pub fn is_float(&self) -> bool {
        matches!(self.code, b'f' | b'd')
    }

    /// The item that a value is.
    pub fn pack(&self, thread: &Thread, value: &Object) -> PyResult<Item> {
        Ok(match self.code {
            b'b' => item((within(thread, value, -128, 127, "signed char")? as i8).to_ne_bytes()),
            b'B' => item((within(thread, value, 0, 255, "unsigned byte integer")? as u8).to_ne_bytes()),
            b'h' => item((within(thread, value, -32768, 32767, "signed short integer")? as i16).to_ne_bytes()),
            b'H' => item((within(thread, value, 0, 65535, "unsigned short")? as u16).to_ne_bytes()),
            b'i' => item((within(thread, value, i32::MIN as i64, i32::MAX as i64, "signed integer")? as i32).to_ne_bytes()),
            b'l' | b'q' => {
                let int = value.index(thread)?;
                let message = if self.code == b'l' { "Python int too large to convert to C long" } else { "int too big to convert" };
                item(int.to_i64().ok_or_else(|| thread.overflow_error(message))?.to_ne_bytes())
            }
            b'I' | b'L' => {
                let int = value.index(thread)?;
                if int.is_negative() {
                    return Err(thread.overflow_error("can't convert negative value to unsigned int"));
                }
                let Some(number) = int.to_u64() else {
                    return Err(thread.overflow_error("Python int too large to convert to C unsigned long"));
                };
                if self.code == b'L' {
                    return Ok(item(number.to_ne_bytes()));
                }
                item(u32::try_from(number).map_err(|_| thread.overflow_error("unsigned int is greater than maximum"))?.to_ne_bytes())
            }
            b'Q' => {
                let int = value.index(thread)?;
                if int.is_negative() {
                    return Err(thread.overflow_error("can't convert negative int to unsigned"));
                }
                item(int.to_u64().ok_or_else(|| thread.overflow_error("int too big to convert"))?.to_ne_bytes())
            }
            b'f' => item((value.as_f64(thread)? as f32).to_ne_bytes()),
            b'd' => item(value.as_f64(thread)?.to_ne_bytes()),
            _ => item(character(thread, value)?.to_ne_bytes()),
        })
    }

    /// The value of an item's bytes.
    pub fn unpack(&self, thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
        Ok(match self.code {
            b'b' => Int::from(i8::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'B' => Int::from(u8::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'h' => Int::from(i16::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'H' => Int::from(u16::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'i' => Int::from(i32::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'I' => Int::from(u32::from_ne_bytes(part(bytes)) as i64).upcast(),
            b'l' | b'q' => Int::from(i64::from_ne_bytes(part(bytes))).upcast(),
            b'L' | b'Q' => Int::from_u64(u64::from_ne_bytes(part(bytes))).upcast(),
            b'f' => Float::new(f32::from_ne_bytes(part(bytes)) as f64).upcast(),
            b'd' => Float::new(f64::from_ne_bytes(part(bytes))).upcast(),
            _ => text(thread, &[u32::from_ne_bytes(part(bytes))])?,
        })
    }
}

fn character(thread: &Thread, value: &Object) -> PyResult<u32> {
    match value.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.at(0)),
        Some(text) => Err(thread.type_error(&format!("array item must be a unicode character, not a string of length {}", text.len()))),
        None => Err(thread.type_error(&format!("array item must be a unicode character, not {}", value.ty().name()))),
    }
}

/// A string of code points, which come from memory that anyone can write to.
pub fn text(thread: &Thread, points: &[u32]) -> PyResult<Obj> {
    if let Some(bad) = points.iter().find(|&&c| c > 0x10ffff) {
        return Err(thread.value_error(&format!("character U+{bad:x} is not in range [U+0000; U+10ffff]")));
    }
    Ok(Str::from_code_points(thread, points)?.upcast())
}

/// The layouts that a pickle can name.
pub const MACHINE_FORMATS: i64 = 21;

/// An item of a foreign layout as an object.
pub fn foreign(thread: &Thread, machine: i64, bytes: &[u8]) -> PyResult<Obj> {
    let mut ordered = bytes.to_vec();
    // Odd codes are big-endian.
    if machine & 1 == 1 {
        ordered.reverse();
    }
    let mut wide = [0u8; 8];
    wide[..ordered.len().min(8)].copy_from_slice(&ordered[..ordered.len().min(8)]);
    let value = u64::from_le_bytes(wide);
    Ok(match machine {
        0 | 2 | 3 | 6 | 7 | 10 | 11 => Int::from_u64(value).upcast(),
        1 => Int::from(value as u8 as i8 as i64).upcast(),
        4 | 5 => Int::from(value as u16 as i16 as i64).upcast(),
        8 | 9 => Int::from(value as u32 as i32 as i64).upcast(),
        12 | 13 => Int::from(value as i64).upcast(),
        14 | 15 => Float::new(f32::from_bits(value as u32) as f64).upcast(),
        16 | 17 => Float::new(f64::from_bits(value)).upcast(),
        _ => return Err(bad_format(thread)),
    })
}

/// The size of an item of a foreign layout.
pub fn foreign_size(machine: i64) -> usize {
    match machine {
        0 | 1 => 1,
        2..=5 | 18 | 19 => 2,
        6..=9 | 14 | 15 | 20 | 21 => 4,
        _ => 8,
    }
}

/// Text of UTF-16 or UTF-32.
pub fn foreign_text(machine: i64, bytes: &[u8]) -> Vec<u32> {
    let big = machine & 1 == 1;
    if machine >= 20 {
        return bytes.chunks_exact(4).map(|c| if big { u32::from_be_bytes(part(c)) } else { u32::from_le_bytes(part(c)) }).collect();
    }
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|c| if big { u16::from_be_bytes(part(c)) } else { u16::from_le_bytes(part(c)) }).collect();
    char::decode_utf16(units).map(|c| c.map_or_else(|bad| bad.unpaired_surrogate() as u32, |c| c as u32)).collect()
}

/// The error of a layout that there is none of.
pub fn bad_format(thread: &Thread) -> Raised {
    thread.value_error("third argument must be a valid machine format code.")
}

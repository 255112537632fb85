//! Every opcode of CPython 3.14, described once.
//!
//! [`opcodes!`](crate::opcodes) holds the table: name, number, what the instruction takes from and leaves on
//! the stack (`n` is its argument), its [`flag`]s, the opcode it specializes or instruments, and the layout of
//! its inline cache in 16-bit units. [`Opcode`] and its functions are derived from it here; other crates hand
//! the macro the name of a macro of their own to derive more.
//!
//! Numbers below 129 are what compiled code contains, up to 233 the specialized forms that an interpreter
//! rewrites them to, up to 254 the instrumented ones; from 256 on follow the pseudo instructions, which exist
//! only before assembly.

/// Properties of an opcode, as bits.
pub mod flag {
    pub const NONE: u32 = 0;
    /// The argument means something.
    pub const ARG: u32 = 1;
    /// The argument is an index into the constants.
    pub const CONST: u32 = 1 << 1;
    /// The argument leads to an index into the names.
    pub const NAME: u32 = 1 << 2;
    /// The argument is a jump target.
    pub const JUMP: u32 = 1 << 3;
    /// The argument is the index of a cell or free variable.
    pub const FREE: u32 = 1 << 4;
    /// The argument is the index of a local variable (or packs two of them).
    pub const LOCAL: u32 = 1 << 5;
    /// Looks at the eval breaker: signals, pending calls, requests for the GIL.
    pub const EVAL_BREAK: u32 = 1 << 6;
    /// A failed guard goes back to the unspecialized form.
    pub const DEOPT: u32 = 1 << 7;
    /// May raise.
    pub const ERROR: u32 = 1 << 8;
    /// May run arbitrary code, by a call or by destroying an object.
    pub const ESCAPES: u32 = 1 << 9;
    /// A failed guard leaves compiled code.
    pub const EXIT: u32 = 1 << 10;
    /// No effects beside those on the operand stack.
    pub const PURE: u32 = 1 << 11;
    /// May raise with its operands still on the stack.
    pub const ERROR_NO_POP: u32 = 1 << 14;
    /// Does not save the instruction pointer.
    pub const NO_SAVE_IP: u32 = 1 << 15;
}

/// Calls the macro `$callback` with the table of opcodes.
///
/// The callback gets `for n;` (the name of the argument in the stack effects) and then, for each opcode,
/// `NAME = number: pops => pushes; FLAGS [specializes BASE] [instruments BASE] [caches [field: width, ...]],`.
#[macro_export]
macro_rules! opcodes {
    ($callback:ident) => {
        $callback! {
            for n;
            CACHE = 0: 0 => 0; NONE,
            BINARY_SLICE = 1: 3 => 1; ERROR | ESCAPES,
            BUILD_TEMPLATE = 2: 2 => 1; ERROR | ESCAPES,
            BINARY_OP_INPLACE_ADD_UNICODE = 3: 2 => 0; LOCAL | DEOPT | EXIT | ERROR | ESCAPES specializes BINARY_OP,
            CALL_FUNCTION_EX = 4: 4 => 1; EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES,
            CHECK_EG_MATCH = 5: 2 => 2; ERROR | ESCAPES,
            CHECK_EXC_MATCH = 6: 2 => 2; ERROR | ERROR_NO_POP | ESCAPES,
            CLEANUP_THROW = 7: 3 => 2; ERROR | ERROR_NO_POP | ESCAPES,
            DELETE_SUBSCR = 8: 2 => 0; ERROR | ESCAPES,
            END_FOR = 9: 1 => 0; ESCAPES | NO_SAVE_IP,
            END_SEND = 10: 2 => 1; ESCAPES | PURE,
            EXIT_INIT_CHECK = 11: 1 => 0; ERROR | ERROR_NO_POP | ESCAPES,
            FORMAT_SIMPLE = 12: 1 => 1; ERROR | ESCAPES,
            FORMAT_WITH_SPEC = 13: 2 => 1; ERROR | ESCAPES,
            GET_AITER = 14: 1 => 1; ERROR | ESCAPES,
            GET_ANEXT = 15: 1 => 2; ERROR | ERROR_NO_POP | ESCAPES,
            GET_ITER = 16: 1 => 1; ERROR | ESCAPES,
            RESERVED = 17: 0 => 0; NONE,
            GET_LEN = 18: 1 => 2; ERROR | ESCAPES,
            GET_YIELD_FROM_ITER = 19: 1 => 1; ERROR | ERROR_NO_POP | ESCAPES,
            INTERPRETER_EXIT = 20: 1 => 0; ESCAPES,
            LOAD_BUILD_CLASS = 21: 0 => 1; ERROR | ESCAPES,
            LOAD_LOCALS = 22: 0 => 1; ERROR | ESCAPES,
            MAKE_FUNCTION = 23: 1 => 1; ERROR | ESCAPES,
            MATCH_KEYS = 24: 2 => 3; ERROR | ESCAPES,
            MATCH_MAPPING = 25: 1 => 2; NONE,
            MATCH_SEQUENCE = 26: 1 => 2; NONE,
            NOP = 27: 0 => 0; PURE,
            NOT_TAKEN = 28: 0 => 0; PURE,
            POP_EXCEPT = 29: 1 => 0; ESCAPES,
            POP_ITER = 30: 1 => 0; ESCAPES | PURE,
            POP_TOP = 31: 1 => 0; ESCAPES | PURE,
            PUSH_EXC_INFO = 32: 1 => 2; NONE,
            PUSH_NULL = 33: 0 => 1; PURE,
            RETURN_GENERATOR = 34: 0 => 1; ERROR | ESCAPES,
            RETURN_VALUE = 35: 1 => 1; ESCAPES,
            SETUP_ANNOTATIONS = 36: 0 => 0; ERROR | ESCAPES,
            STORE_SLICE = 37: 4 => 0; ERROR | ESCAPES,
            STORE_SUBSCR = 38: 3 => 0; ERROR | ESCAPES caches [counter: 1],
            TO_BOOL = 39: 1 => 1; ERROR | ESCAPES caches [counter: 1, version: 2],
            UNARY_INVERT = 40: 1 => 1; ERROR | ESCAPES,
            UNARY_NEGATIVE = 41: 1 => 1; ERROR | ESCAPES,
            UNARY_NOT = 42: 1 => 1; PURE,
            WITH_EXCEPT_START = 43: 5 => 6; ERROR | ESCAPES,
            BINARY_OP = 44: 2 => 1; ARG | ERROR | ERROR_NO_POP | ESCAPES caches [counter: 1, descr: 4],
            BUILD_INTERPOLATION = 45: 2 + (n & 1) => 1; ARG | ERROR | ESCAPES,
            BUILD_LIST = 46: n => 1; ARG | ERROR | ERROR_NO_POP | ESCAPES,
            BUILD_MAP = 47: n * 2 => 1; ARG | ERROR | ESCAPES,
            BUILD_SET = 48: n => 1; ARG | ERROR | ESCAPES,
            BUILD_SLICE = 49: n => 1; ARG | ERROR,
            BUILD_STRING = 50: n => 1; ARG | ERROR,
            BUILD_TUPLE = 51: n => 1; ARG | ERROR | ERROR_NO_POP,
            CALL = 52: 2 + n => 1; ARG | EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES caches [counter: 1, func_version: 2],
            CALL_INTRINSIC_1 = 53: 1 => 1; ARG | ERROR | ESCAPES,
            CALL_INTRINSIC_2 = 54: 2 => 1; ARG | ERROR | ESCAPES,
            CALL_KW = 55: 3 + n => 1; ARG | ERROR | ERROR_NO_POP | ESCAPES caches [counter: 1, func_version: 2],
            COMPARE_OP = 56: 2 => 1; ARG | ERROR | ESCAPES caches [counter: 1],
            CONTAINS_OP = 57: 2 => 1; ARG | ERROR | ESCAPES caches [counter: 1],
            CONVERT_VALUE = 58: 1 => 1; ARG | ERROR | ESCAPES,
            COPY = 59: 1 + n - 1 => 2 + n - 1; ARG | PURE,
            COPY_FREE_VARS = 60: 0 => 0; ARG,
            DELETE_ATTR = 61: 1 => 0; ARG | NAME | ERROR | ESCAPES,
            DELETE_DEREF = 62: 0 => 0; ARG | FREE | ERROR | ERROR_NO_POP | ESCAPES,
            DELETE_FAST = 63: 0 => 0; ARG | LOCAL | ERROR | ESCAPES,
            DELETE_GLOBAL = 64: 0 => 0; ARG | NAME | ERROR | ERROR_NO_POP | ESCAPES,
            DELETE_NAME = 65: 0 => 0; ARG | NAME | ERROR | ERROR_NO_POP | ESCAPES,
            DICT_MERGE = 66: 5 + n - 1 => 4 + n - 1; ARG | ERROR | ESCAPES,
            DICT_UPDATE = 67: 2 + n - 1 => 1 + n - 1; ARG | ERROR | ESCAPES,
            END_ASYNC_FOR = 68: 2 => 0; ARG | JUMP | ERROR | ERROR_NO_POP | ESCAPES,
            EXTENDED_ARG = 69: 0 => 0; ARG,
            FOR_ITER = 70: 1 => 2; ARG | JUMP | ERROR | ERROR_NO_POP | ESCAPES caches [counter: 1],
            GET_AWAITABLE = 71: 1 => 1; ARG | ERROR | ESCAPES,
            IMPORT_FROM = 72: 1 => 2; ARG | NAME | ERROR | ESCAPES,
            IMPORT_NAME = 73: 2 => 1; ARG | NAME | ERROR | ESCAPES,
            IS_OP = 74: 2 => 1; ARG,
            JUMP_BACKWARD = 75: 0 => 0; ARG | JUMP | EVAL_BREAK | ERROR | ESCAPES caches [counter: 1],
            JUMP_BACKWARD_NO_INTERRUPT = 76: 0 => 0; ARG | JUMP,
            JUMP_FORWARD = 77: 0 => 0; ARG | JUMP,
            LIST_APPEND = 78: 2 + n - 1 => 1 + n - 1; ARG | ERROR,
            LIST_EXTEND = 79: 2 + n - 1 => 1 + n - 1; ARG | ERROR | ESCAPES,
            LOAD_ATTR = 80: 1 => 1 + (n & 1); ARG | NAME | ERROR | ESCAPES caches [counter: 1, version: 2, keys_version: 2, descr: 4],
            LOAD_COMMON_CONSTANT = 81: 0 => 1; ARG,
            LOAD_CONST = 82: 0 => 1; ARG | CONST,
            LOAD_DEREF = 83: 0 => 1; ARG | LOCAL | ERROR | ESCAPES,
            LOAD_FAST = 84: 0 => 1; ARG | LOCAL | PURE,
            LOAD_FAST_AND_CLEAR = 85: 0 => 1; ARG | LOCAL,
            LOAD_FAST_BORROW = 86: 0 => 1; ARG | LOCAL | PURE,
            LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87: 0 => 2; ARG | LOCAL,
            LOAD_FAST_CHECK = 88: 0 => 1; ARG | LOCAL | ERROR | ESCAPES,
            LOAD_FAST_LOAD_FAST = 89: 0 => 2; ARG | LOCAL,
            LOAD_FROM_DICT_OR_DEREF = 90: 1 => 1; ARG | FREE | ERROR | ERROR_NO_POP | ESCAPES,
            LOAD_FROM_DICT_OR_GLOBALS = 91: 1 => 1; ARG | NAME | ERROR | ERROR_NO_POP | ESCAPES,
            LOAD_GLOBAL = 92: 0 => 1 + (n & 1); ARG | NAME | ERROR | ESCAPES caches [counter: 1, index: 1, module_keys_version: 1, builtin_keys_version: 1],
            LOAD_NAME = 93: 0 => 1; ARG | NAME | ERROR | ESCAPES,
            LOAD_SMALL_INT = 94: 0 => 1; ARG,
            LOAD_SPECIAL = 95: 1 => 2; ARG | ERROR | ERROR_NO_POP | ESCAPES,
            LOAD_SUPER_ATTR = 96: 3 => 1 + (n & 1); ARG | NAME | ERROR | ESCAPES caches [counter: 1],
            MAKE_CELL = 97: 0 => 0; ARG | FREE | ERROR | ERROR_NO_POP | ESCAPES,
            MAP_ADD = 98: 3 + n - 1 => 1 + n - 1; ARG | ERROR | ESCAPES,
            MATCH_CLASS = 99: 3 => 1; ARG | ERROR | ESCAPES,
            POP_JUMP_IF_FALSE = 100: 1 => 0; ARG | JUMP caches [counter: 1],
            POP_JUMP_IF_NONE = 101: 1 => 0; ARG | JUMP caches [counter: 1],
            POP_JUMP_IF_NOT_NONE = 102: 1 => 0; ARG | JUMP caches [counter: 1],
            POP_JUMP_IF_TRUE = 103: 1 => 0; ARG | JUMP caches [counter: 1],
            RAISE_VARARGS = 104: n => 0; ARG | ERROR | ERROR_NO_POP | ESCAPES,
            RERAISE = 105: 1 + n => n; ARG | ERROR | ERROR_NO_POP | ESCAPES,
            SEND = 106: 2 => 2; ARG | JUMP | ERROR | ESCAPES caches [counter: 1],
            SET_ADD = 107: 2 + n - 1 => 1 + n - 1; ARG | ERROR | ESCAPES,
            SET_FUNCTION_ATTRIBUTE = 108: 2 => 1; ARG | ERROR | ESCAPES,
            SET_UPDATE = 109: 2 + n - 1 => 1 + n - 1; ARG | ERROR | ESCAPES,
            STORE_ATTR = 110: 2 => 0; ARG | NAME | ERROR | ESCAPES caches [counter: 1, version: 2, index: 1],
            STORE_DEREF = 111: 1 => 0; ARG | FREE | ESCAPES,
            STORE_FAST = 112: 1 => 0; ARG | LOCAL | ESCAPES,
            STORE_FAST_LOAD_FAST = 113: 1 => 1; ARG | LOCAL | ESCAPES,
            STORE_FAST_STORE_FAST = 114: 2 => 0; ARG | LOCAL | ESCAPES,
            STORE_GLOBAL = 115: 1 => 0; ARG | NAME | ERROR | ESCAPES,
            STORE_NAME = 116: 1 => 0; ARG | NAME | ERROR | ESCAPES,
            SWAP = 117: 2 + n - 2 => 2 + n - 2; ARG | PURE,
            UNPACK_EX = 118: 1 => 1 + (n & 0xFF) + (n >> 8); ARG | ERROR | ESCAPES,
            UNPACK_SEQUENCE = 119: 1 => n; ARG | ERROR | ESCAPES caches [counter: 1],
            YIELD_VALUE = 120: 1 => 1; ARG | ESCAPES,
            RESUME = 128: 0 => 0; ARG | EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES,
            BINARY_OP_ADD_FLOAT = 129: 2 => 1; EXIT | ERROR specializes BINARY_OP,
            BINARY_OP_ADD_INT = 130: 2 => 1; EXIT | ERROR | ESCAPES specializes BINARY_OP,
            BINARY_OP_ADD_UNICODE = 131: 2 => 1; EXIT | ERROR specializes BINARY_OP,
            BINARY_OP_EXTEND = 132: 2 => 1; DEOPT | ERROR | ESCAPES specializes BINARY_OP,
            BINARY_OP_MULTIPLY_FLOAT = 133: 2 => 1; EXIT | ERROR specializes BINARY_OP,
            BINARY_OP_MULTIPLY_INT = 134: 2 => 1; EXIT | ERROR | ESCAPES specializes BINARY_OP,
            BINARY_OP_SUBSCR_DICT = 135: 2 => 1; EXIT | ERROR | ESCAPES specializes BINARY_OP,
            BINARY_OP_SUBSCR_GETITEM = 136: 2 => 0; DEOPT specializes BINARY_OP,
            BINARY_OP_SUBSCR_LIST_INT = 137: 2 => 1; DEOPT | EXIT | ESCAPES specializes BINARY_OP,
            BINARY_OP_SUBSCR_LIST_SLICE = 138: 2 => 1; EXIT | ERROR | ESCAPES specializes BINARY_OP,
            BINARY_OP_SUBSCR_STR_INT = 139: 2 => 1; DEOPT | EXIT | ESCAPES specializes BINARY_OP,
            BINARY_OP_SUBSCR_TUPLE_INT = 140: 2 => 1; DEOPT | EXIT specializes BINARY_OP,
            BINARY_OP_SUBTRACT_FLOAT = 141: 2 => 1; EXIT | ERROR specializes BINARY_OP,
            BINARY_OP_SUBTRACT_INT = 142: 2 => 1; EXIT | ERROR | ESCAPES specializes BINARY_OP,
            CALL_ALLOC_AND_ENTER_INIT = 143: 2 + n => 0; ARG | DEOPT | ERROR | ERROR_NO_POP | ESCAPES specializes CALL,
            CALL_BOUND_METHOD_EXACT_ARGS = 144: 2 + n => 0; ARG | DEOPT | EXIT | ESCAPES specializes CALL,
            CALL_BOUND_METHOD_GENERAL = 145: 2 + n => 0; ARG | DEOPT | EXIT | ERROR | ERROR_NO_POP | ESCAPES specializes CALL,
            CALL_BUILTIN_CLASS = 146: 2 + n => 1; ARG | EVAL_BREAK | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_BUILTIN_FAST = 147: 2 + n => 1; ARG | EVAL_BREAK | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_BUILTIN_FAST_WITH_KEYWORDS = 148: 2 + n => 1; ARG | EVAL_BREAK | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_BUILTIN_O = 149: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_ISINSTANCE = 150: 2 + n => 1; ARG | DEOPT | ERROR | ERROR_NO_POP | ESCAPES specializes CALL,
            CALL_KW_BOUND_METHOD = 151: 3 + n => 0; ARG | DEOPT | EXIT | ERROR | ESCAPES specializes CALL_KW,
            CALL_KW_NON_PY = 152: 3 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL_KW,
            CALL_KW_PY = 153: 3 + n => 0; ARG | DEOPT | EXIT | ERROR | ESCAPES specializes CALL_KW,
            CALL_LEN = 154: 3 => 1; DEOPT | ERROR | ERROR_NO_POP | ESCAPES specializes CALL,
            CALL_LIST_APPEND = 155: 3 => 0; ARG | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_METHOD_DESCRIPTOR_FAST = 156: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS = 157: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_METHOD_DESCRIPTOR_NOARGS = 158: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_METHOD_DESCRIPTOR_O = 159: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_NON_PY_GENERAL = 160: 2 + n => 1; ARG | EVAL_BREAK | EXIT | ERROR | ESCAPES specializes CALL,
            CALL_PY_EXACT_ARGS = 161: 2 + n => 0; ARG | DEOPT | EXIT specializes CALL,
            CALL_PY_GENERAL = 162: 2 + n => 0; ARG | DEOPT | EXIT | ERROR | ERROR_NO_POP | ESCAPES specializes CALL,
            CALL_STR_1 = 163: 3 => 1; ARG | EVAL_BREAK | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_TUPLE_1 = 164: 3 => 1; ARG | EVAL_BREAK | DEOPT | ERROR | ESCAPES specializes CALL,
            CALL_TYPE_1 = 165: 3 => 1; ARG | DEOPT | ESCAPES specializes CALL,
            COMPARE_OP_FLOAT = 166: 2 => 1; ARG | EXIT specializes COMPARE_OP,
            COMPARE_OP_INT = 167: 2 => 1; ARG | DEOPT | EXIT specializes COMPARE_OP,
            COMPARE_OP_STR = 168: 2 => 1; ARG | EXIT specializes COMPARE_OP,
            CONTAINS_OP_DICT = 169: 2 => 1; ARG | EXIT | ERROR | ESCAPES specializes CONTAINS_OP,
            CONTAINS_OP_SET = 170: 2 => 1; ARG | DEOPT | ERROR | ESCAPES specializes CONTAINS_OP,
            FOR_ITER_GEN = 171: 1 => 1; ARG | DEOPT specializes FOR_ITER,
            FOR_ITER_LIST = 172: 1 => 2; ARG | JUMP | DEOPT | EXIT | ESCAPES specializes FOR_ITER,
            FOR_ITER_RANGE = 173: 1 => 2; ARG | JUMP | EXIT | ERROR specializes FOR_ITER,
            FOR_ITER_TUPLE = 174: 1 => 2; ARG | JUMP | EXIT | ESCAPES specializes FOR_ITER,
            JUMP_BACKWARD_JIT = 175: 0 => 0; ARG | JUMP | EVAL_BREAK | ERROR | ESCAPES specializes JUMP_BACKWARD,
            JUMP_BACKWARD_NO_JIT = 176: 0 => 0; ARG | JUMP | EVAL_BREAK | ERROR | ESCAPES specializes JUMP_BACKWARD,
            LOAD_ATTR_CLASS = 177: 1 => 1 + (n & 1); ARG | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_CLASS_WITH_METACLASS_CHECK = 178: 1 => 1 + (n & 1); ARG | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN = 179: 1 => 1; ARG | NAME | DEOPT specializes LOAD_ATTR,
            LOAD_ATTR_INSTANCE_VALUE = 180: 1 => 1 + (n & 1); ARG | DEOPT | EXIT | ESCAPES specializes LOAD_ATTR,
            LOAD_ATTR_METHOD_LAZY_DICT = 181: 1 => 2; ARG | DEOPT | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_METHOD_NO_DICT = 182: 1 => 2; ARG | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_METHOD_WITH_VALUES = 183: 1 => 2; ARG | DEOPT | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_MODULE = 184: 1 => 1 + (n & 1); ARG | DEOPT | ESCAPES specializes LOAD_ATTR,
            LOAD_ATTR_NONDESCRIPTOR_NO_DICT = 185: 1 => 1; ARG | EXIT | ESCAPES specializes LOAD_ATTR,
            LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES = 186: 1 => 1; ARG | DEOPT | EXIT | ESCAPES specializes LOAD_ATTR,
            LOAD_ATTR_PROPERTY = 187: 1 => 0; ARG | DEOPT | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_SLOT = 188: 1 => 1 + (n & 1); ARG | DEOPT | EXIT specializes LOAD_ATTR,
            LOAD_ATTR_WITH_HINT = 189: 1 => 1 + (n & 1); ARG | NAME | DEOPT | EXIT | ESCAPES specializes LOAD_ATTR,
            LOAD_CONST_IMMORTAL = 190: 0 => 1; ARG | CONST specializes LOAD_CONST,
            LOAD_CONST_MORTAL = 191: 0 => 1; ARG | CONST specializes LOAD_CONST,
            LOAD_GLOBAL_BUILTIN = 192: 0 => 1 + (n & 1); ARG | DEOPT specializes LOAD_GLOBAL,
            LOAD_GLOBAL_MODULE = 193: 0 => 1 + (n & 1); ARG | DEOPT specializes LOAD_GLOBAL,
            LOAD_SUPER_ATTR_ATTR = 194: 3 => 1; ARG | NAME | DEOPT | ERROR | ESCAPES specializes LOAD_SUPER_ATTR,
            LOAD_SUPER_ATTR_METHOD = 195: 3 => 2; ARG | NAME | DEOPT | ERROR | ERROR_NO_POP | ESCAPES specializes LOAD_SUPER_ATTR,
            RESUME_CHECK = 196: 0 => 0; DEOPT specializes RESUME,
            SEND_GEN = 197: 2 => 1; ARG | DEOPT specializes SEND,
            STORE_ATTR_INSTANCE_VALUE = 198: 2 => 0; EXIT | ESCAPES specializes STORE_ATTR,
            STORE_ATTR_SLOT = 199: 2 => 0; DEOPT | EXIT | ESCAPES specializes STORE_ATTR,
            STORE_ATTR_WITH_HINT = 200: 2 => 0; ARG | NAME | DEOPT | EXIT | ESCAPES specializes STORE_ATTR,
            STORE_SUBSCR_DICT = 201: 3 => 0; EXIT | ERROR | ESCAPES specializes STORE_SUBSCR,
            STORE_SUBSCR_LIST_INT = 202: 3 => 0; DEOPT | EXIT | ESCAPES specializes STORE_SUBSCR,
            TO_BOOL_ALWAYS_TRUE = 203: 1 => 1; EXIT | ESCAPES specializes TO_BOOL,
            TO_BOOL_BOOL = 204: 1 => 1; EXIT specializes TO_BOOL,
            TO_BOOL_INT = 205: 1 => 1; EXIT | ESCAPES specializes TO_BOOL,
            TO_BOOL_LIST = 206: 1 => 1; EXIT specializes TO_BOOL,
            TO_BOOL_NONE = 207: 1 => 1; EXIT specializes TO_BOOL,
            TO_BOOL_STR = 208: 1 => 1; EXIT | ESCAPES specializes TO_BOOL,
            UNPACK_SEQUENCE_LIST = 209: 1 => n; ARG | DEOPT | EXIT specializes UNPACK_SEQUENCE,
            UNPACK_SEQUENCE_TUPLE = 210: 1 => n; ARG | DEOPT | EXIT specializes UNPACK_SEQUENCE,
            UNPACK_SEQUENCE_TWO_TUPLE = 211: 1 => 2; ARG | DEOPT | EXIT | ESCAPES specializes UNPACK_SEQUENCE,
            INSTRUMENTED_END_FOR = 234: 2 => 1; ERROR | ERROR_NO_POP | ESCAPES | NO_SAVE_IP instruments END_FOR,
            INSTRUMENTED_POP_ITER = 235: 1 => 0; ESCAPES instruments POP_ITER,
            INSTRUMENTED_END_SEND = 236: 2 => 1; ERROR | ERROR_NO_POP | ESCAPES instruments END_SEND,
            INSTRUMENTED_FOR_ITER = 237: 1 => 2; ARG | JUMP | ERROR | ERROR_NO_POP | ESCAPES instruments FOR_ITER,
            INSTRUMENTED_INSTRUCTION = 238: 0 => 0; ERROR | ESCAPES,
            INSTRUMENTED_JUMP_FORWARD = 239: 0 => 0; ARG instruments JUMP_FORWARD,
            INSTRUMENTED_NOT_TAKEN = 240: 0 => 0; NONE instruments NOT_TAKEN,
            INSTRUMENTED_POP_JUMP_IF_TRUE = 241: 1 => 0; ARG instruments POP_JUMP_IF_TRUE,
            INSTRUMENTED_POP_JUMP_IF_FALSE = 242: 1 => 0; ARG instruments POP_JUMP_IF_FALSE,
            INSTRUMENTED_POP_JUMP_IF_NONE = 243: 1 => 0; ARG | ESCAPES instruments POP_JUMP_IF_NONE,
            INSTRUMENTED_POP_JUMP_IF_NOT_NONE = 244: 1 => 0; ARG | ESCAPES instruments POP_JUMP_IF_NOT_NONE,
            INSTRUMENTED_RESUME = 245: 0 => 0; ARG | EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES instruments RESUME,
            INSTRUMENTED_RETURN_VALUE = 246: 1 => 1; ERROR | ESCAPES instruments RETURN_VALUE,
            INSTRUMENTED_YIELD_VALUE = 247: 1 => 1; ARG | ERROR | ERROR_NO_POP | ESCAPES instruments YIELD_VALUE,
            INSTRUMENTED_END_ASYNC_FOR = 248: 2 => 0; ARG | JUMP | ERROR | ERROR_NO_POP | ESCAPES instruments END_ASYNC_FOR,
            INSTRUMENTED_LOAD_SUPER_ATTR = 249: 3 => 1 + (n & 1); ARG | NAME | ERROR | ESCAPES instruments LOAD_SUPER_ATTR,
            INSTRUMENTED_CALL = 250: 2 + n => 1; ARG | EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES instruments CALL,
            INSTRUMENTED_CALL_KW = 251: 3 + n => 1; ARG | ERROR | ERROR_NO_POP | ESCAPES instruments CALL_KW,
            INSTRUMENTED_CALL_FUNCTION_EX = 252: 4 => 1; EVAL_BREAK | ERROR | ERROR_NO_POP | ESCAPES instruments CALL_FUNCTION_EX,
            INSTRUMENTED_JUMP_BACKWARD = 253: 0 => 0; ARG | EVAL_BREAK | ERROR | ESCAPES instruments JUMP_BACKWARD,
            INSTRUMENTED_LINE = 254: 0 => 0; ESCAPES,
            ENTER_EXECUTOR = 255: 0 => 0; ARG,
            ANNOTATIONS_PLACEHOLDER = 256: 0 => 0; PURE,
            JUMP = 257: 0 => 0; ARG | JUMP | EVAL_BREAK | ERROR | ESCAPES,
            JUMP_IF_FALSE = 258: 1 => 1; ARG | JUMP | ERROR | ESCAPES,
            JUMP_IF_TRUE = 259: 1 => 1; ARG | JUMP | ERROR | ESCAPES,
            JUMP_NO_INTERRUPT = 260: 0 => 0; ARG | JUMP,
            LOAD_CLOSURE = 261: 0 => 1; ARG | LOCAL | PURE,
            POP_BLOCK = 262: 0 => 0; PURE,
            SETUP_CLEANUP = 263: 0 => 2; PURE | ARG,
            SETUP_FINALLY = 264: 0 => 1; PURE | ARG,
            SETUP_WITH = 265: 0 => 1; PURE | ARG,
            STORE_FAST_MAYBE_NULL = 266: 1 => 0; ARG | LOCAL | ESCAPES,
        }
    };
}

macro_rules! define {
    (for $n:ident; $(
        $name:ident = $number:literal: $pops:expr => $pushes:expr; $($flag:ident)|+
        $(specializes $base:ident)? $(instruments $plain:ident)? $(caches [$($field:ident: $width:literal),*])?,
    )*) => {
        /// An instruction's operation.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Opcode {
            $($name = $number,)*
        }

        impl Opcode {
            /// All opcodes, by number.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name,)*];

            /// CPython's name.
            pub const fn name(self) -> &'static str {
                match self { $(Opcode::$name => stringify!($name),)* }
            }

            /// How many operands the instruction takes from the stack.
            #[allow(unused_variables, unused_parens)]
            pub const fn pops(self, arg: u32) -> i64 {
                let $n = arg as i64;
                match self { $(Opcode::$name => ($pops),)* }
            }

            /// How many values the instruction leaves on the stack. For the specialized forms of calls
            /// that push a frame these are the values there before the callee returns.
            #[allow(unused_variables, unused_parens)]
            pub const fn pushes(self, arg: u32) -> i64 {
                let $n = arg as i64;
                match self { $(Opcode::$name => ($pushes),)* }
            }

            /// The [`flag`] bits.
            pub const fn flags(self) -> u32 {
                DETAILS[self.index()].flags
            }

            /// The adaptive opcode that this one is a specialized form of, or the opcode itself.
            pub const fn deopt(self) -> Opcode {
                DETAILS[self.index()].base
            }

            /// What an `INSTRUMENTED_` opcode stands for, or the opcode itself.
            pub const fn deinstrument(self) -> Opcode {
                DETAILS[self.index()].plain
            }

            /// The fields of the inline cache of the opcode (or of what it specializes or instruments):
            /// names and widths in units of 16 bits.
            pub const fn cache_layout(self) -> &'static [(&'static str, u8)] {
                DETAILS[DETAILS[DETAILS[self.index()].base.index()].plain.index()].caches
            }

            /// Place of the opcode in [`Opcode::ALL`].
            pub const fn index(self) -> usize {
                INDEX[self as u16 as usize] as usize
            }
        }

        const DETAILS: [Details; Opcode::ALL.len()] = [$(
            Details {
                flags: $(flag::$flag)|+,
                base: first(&[$(Opcode::$base,)? Opcode::$name]),
                plain: first(&[$(Opcode::$plain,)? Opcode::$name]),
                caches: &[$($((stringify!($field), $width),)*)?],
            },
        )*];
    };
}

struct Details {
    flags: u32,
    base: Opcode,
    plain: Opcode,
    caches: &'static [(&'static str, u8)],
}

const fn first(opcodes: &[Opcode]) -> Opcode {
    opcodes[0]
}

const NUMBERS: usize = 267;

/// Place in `Opcode::ALL` by number; `u16::MAX` for numbers without an opcode.
const INDEX: [u16; NUMBERS] = {
    let mut index = [u16::MAX; NUMBERS];
    let mut i = 0;
    while i < Opcode::ALL.len() {
        index[Opcode::ALL[i] as u16 as usize] = i as u16;
        i += 1;
    }
    index
};

/// Number of inline cache entries by opcode number; 0 for specialized and instrumented forms (as in
/// CPython's own table, which is consulted only for code as compiled).
pub const CACHES: [u8; 256] = {
    let mut caches = [0; 256];
    let mut i = 0;
    while i < Opcode::ALL.len() {
        let layout = DETAILS[i].caches;
        let mut field = 0;
        while field < layout.len() {
            caches[Opcode::ALL[i] as u16 as usize] += layout[field].1;
            field += 1;
        }
        i += 1;
    }
    caches
};

opcodes!(define);

impl Opcode {
    /// Opcodes up to this number and without a meaning for their argument come before those with one.
    pub const HAVE_ARGUMENT: u8 = 43;
    pub const MIN_SPECIALIZED: u8 = 129;
    pub const MIN_INSTRUMENTED: u8 = 234;

    /// The opcode with the given number.
    pub const fn from_u16(number: u16) -> Option<Opcode> {
        if number as usize >= NUMBERS {
            return None;
        }
        let index = INDEX[number as usize];
        if index == u16::MAX { None } else { Some(Opcode::ALL[index as usize]) }
    }

    /// The opcode with the given number, among those that code can contain.
    pub const fn from_u8(number: u8) -> Option<Opcode> {
        Opcode::from_u16(number as u16)
    }

    /// The opcode with the given name.
    pub fn from_name(name: &str) -> Option<Opcode> {
        Opcode::ALL.iter().copied().find(|opcode| opcode.name() == name)
    }

    /// The opcode's number.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Exists only before assembly.
    pub const fn is_pseudo(self) -> bool {
        self as u16 >= 256
    }

    /// A specialized form, never found in code as compiled.
    pub const fn is_specialized(self) -> bool {
        self.deopt() as u16 != self as u16
    }

    /// An `INSTRUMENTED_` form.
    pub const fn is_instrumented(self) -> bool {
        self as u16 >= Opcode::MIN_INSTRUMENTED as u16 && (self as u16) < 255
    }

    /// Number of inline cache entries that follow the instruction.
    pub const fn caches(self) -> usize {
        if self.is_pseudo() {
            return 0;
        }
        CACHES[self.deopt().deinstrument() as u16 as usize] as usize
    }

    const fn has(self, flag: u32) -> bool {
        self.flags() & flag != 0
    }

    pub const fn has_arg(self) -> bool {
        self.has(flag::ARG)
    }

    pub const fn has_const(self) -> bool {
        self.has(flag::CONST)
    }

    pub const fn has_name(self) -> bool {
        self.has(flag::NAME)
    }

    pub const fn has_jump(self) -> bool {
        self.has(flag::JUMP)
    }

    pub const fn has_free(self) -> bool {
        self.has(flag::FREE)
    }

    pub const fn has_local(self) -> bool {
        self.has(flag::LOCAL)
    }

    /// Pushes an exception handler: the pseudo instructions that `dis` calls `hasexc`.
    pub const fn is_block_push(self) -> bool {
        matches!(self, Opcode::SETUP_FINALLY | Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP)
    }

    /// The argument is a label before assembly.
    pub const fn has_target(self) -> bool {
        self.has_jump() || self.is_block_push()
    }

    /// May raise an exception.
    pub const fn can_raise(self) -> bool {
        self.has(flag::ERROR)
    }

    /// May run arbitrary code.
    pub const fn escapes(self) -> bool {
        self.has(flag::ESCAPES)
    }

    /// Leaves the scope.
    pub const fn is_scope_exit(self) -> bool {
        matches!(self, Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE)
    }

    /// Ends a basic block.
    pub const fn is_terminator(self) -> bool {
        self.has_jump() || self.is_scope_exit()
    }

    pub const fn is_unconditional_jump(self) -> bool {
        matches!(
            self,
            Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT | Opcode::JUMP_FORWARD | Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        )
    }

    pub const fn is_backward_jump(self) -> bool {
        matches!(self, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT)
    }

    pub const fn is_conditional_jump(self) -> bool {
        matches!(self, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::POP_JUMP_IF_NONE | Opcode::POP_JUMP_IF_NOT_NONE)
    }

    /// How the instruction changes the depth of the stack; `jump` asks for the effect at its jump target
    /// (for the pseudo instructions that set up handlers, at the handler). `None` for specialized forms,
    /// whose effect is that of their base.
    pub const fn stack_effect(self, arg: u32, jump: bool) -> Option<i64> {
        if !self.is_pseudo() && self.is_specialized() {
            return None;
        }
        if self.is_block_push() && !jump {
            return Some(0);
        }
        Some(self.pushes(arg) - self.pops(arg))
    }
}

impl std::fmt::Debug for Opcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Opcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Opcode;

    #[test]
    fn numbers_and_names_lead_back() {
        for &opcode in Opcode::ALL {
            assert_eq!(Opcode::from_u16(opcode.number()), Some(opcode));
            assert_eq!(Opcode::from_name(opcode.name()), Some(opcode));
        }
        assert_eq!(Opcode::from_u8(121), None);
        assert_eq!(Opcode::from_u16(u16::MAX), None);
    }

    #[test]
    fn families_share_their_cache() {
        assert_eq!(Opcode::LOAD_ATTR.caches(), 9);
        assert_eq!(Opcode::LOAD_ATTR_SLOT.deopt(), Opcode::LOAD_ATTR);
        assert_eq!(Opcode::LOAD_ATTR_SLOT.caches(), 9);
        assert_eq!(Opcode::INSTRUMENTED_CALL.deinstrument(), Opcode::CALL);
        assert_eq!(Opcode::INSTRUMENTED_CALL.caches(), 3);
        assert_eq!(Opcode::CALL.cache_layout(), &[("counter", 1), ("func_version", 2)]);
    }

    #[test]
    fn stack_effects() {
        assert_eq!(Opcode::CALL.stack_effect(3, false), Some(-4));
        assert_eq!(Opcode::UNPACK_EX.stack_effect(0x102, false), Some(3));
        assert_eq!(Opcode::SETUP_WITH.stack_effect(0, false), Some(0));
        assert_eq!(Opcode::SETUP_CLEANUP.stack_effect(0, true), Some(2));
        assert_eq!(Opcode::LOAD_ATTR_SLOT.stack_effect(0, false), None);
    }
}

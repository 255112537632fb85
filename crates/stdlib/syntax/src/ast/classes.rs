//! The classes of nodes as objects, made when they are first asked for.

use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_objects::{Dict, List, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, intern};

use super::base::Ast;
use super::schema::{self, Count, Kind, SUMS, Sum};

const PLACE: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// All classes, the names of their fields, and the nodes that exist once.
pub struct Classes {
    sums: Vec<Obj>,
    kinds: Vec<Obj>,
    fields: Vec<Vec<Owned<Str>>>,
    /// Nodes without fields, by the number of their kind.
    singletons: Vec<Option<Obj>>,
}

/// Made once and never freed: other code holds references for as long as the process lives.
static CLASSES: AtomicPtr<Classes> = AtomicPtr::new(std::ptr::null_mut());

/// The classes.
pub fn get(thread: &Thread) -> PyResult<&'static Classes> {
    // SAFETY: null, or set below to what is never freed nor changed.
    if let Some(classes) = unsafe { CLASSES.load(Ordering::Acquire).as_ref() } {
        return Ok(classes);
    }
    let classes = Box::leak(Box::new(Classes::new(thread)?));
    CLASSES.store(classes, Ordering::Release);
    Ok(classes)
}

fn description(kind: Kind) -> String {
    match kind.fields() {
        "" => kind.name().to_string(),
        fields => format!("{}({fields})", kind.name()),
    }
}

fn sum_description(sum: &Sum) -> String {
    let constructors: Vec<String> = sum.kinds.iter().map(|&kind| description(kind)).collect();
    if sum.product {
        return constructors.concat();
    }
    // One under the other, or in a line if none has fields.
    let plain = sum.kinds.iter().all(|kind| kind.fields().is_empty());
    let separator = if plain { " | ".to_string() } else { format!("\n{}| ", " ".repeat(sum.name.len() + 1)) };
    format!("{} = {}", sum.name, constructors.join(&separator))
}

fn name_tuple(thread: &Thread, names: &[Owned<Str>]) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, names.iter().map(|name| name.clone().upcast()).collect())
}

fn interned(thread: &Thread, names: impl Iterator<Item = &'static str>) -> PyResult<Vec<Owned<Str>>> {
    names.map(|name| Str::intern_str(thread, name)).collect()
}

fn make_class(thread: &Thread, name: &str, base: &Object, fields: &[Owned<Str>], doc: &str) -> PyResult<Obj> {
    let namespace = Dict::new(thread)?;
    let fields = name_tuple(thread, fields)?;
    namespace.set_text(thread, "_fields", &fields)?;
    namespace.set_text(thread, "__match_args__", &fields)?;
    namespace.set_text(thread, "__module__", &*Str::intern_str(thread, "ast")?)?;
    namespace.set_text(thread, "__doc__", &*Str::from_str(thread, doc)?)?;
    let bases = Tuple::from_slice(thread, &[base])?;
    (**Type::type_type()).call(thread, &[&*Str::intern_str(thread, name)?, &bases, &namespace])
}

impl Classes {
    fn new(thread: &Thread) -> PyResult<Classes> {
        pyrox_objects::type_object::ready(thread, Ast::ty())?;
        let base: &Object = Ast::ty();
        let empty = Tuple::empty();
        for name in ["_fields", "__match_args__", "_attributes"] {
            Ast::ty().dict().set_text(thread, name, &empty)?;
        }
        Ast::ty().modified();
        let count = Kind::ALL.len();
        let mut made = Classes { sums: Vec::new(), kinds: Vec::with_capacity(count), fields: Vec::new(), singletons: Vec::new() };
        for sum in SUMS {
            let own_fields = match (sum.product, sum.kinds) {
                (true, [kind]) => interned(thread, schema::fields(kind.fields()).map(|field| field.name))?,
                _ => Vec::new(),
            };
            let class = make_class(thread, sum.name, base, &own_fields, &sum_description(sum))?;
            let places = if sum.located { interned(thread, PLACE.into_iter())? } else { Vec::new() };
            class.setattr_str(thread, "_attributes", &*name_tuple(thread, &places)?)?;
            if sum.located && !matches!(sum.name, "pattern" | "type_param") {
                class.setattr_str(thread, "end_lineno", pyrox_objects::none_ref())?;
                class.setattr_str(thread, "end_col_offset", pyrox_objects::none_ref())?;
            }
            for &kind in sum.kinds {
                if sum.product {
                    made.kinds.push(class.clone());
                    made.fields.push(own_fields.clone());
                    made.singletons.push(None);
                    continue;
                }
                let fields = interned(thread, schema::fields(kind.fields()).map(|field| field.name))?;
                let made_class = make_class(thread, kind.name(), &class, &fields, &description(kind))?;
                let single = kind.fields().is_empty() && !sum.located;
                made.singletons.push(if single { Some(made_class.call(thread, &[])?) } else { None });
                made.kinds.push(made_class);
                made.fields.push(fields);
            }
            made.sums.push(class);
        }
        for &kind in Kind::ALL {
            made.describe_fields(thread, kind)?;
        }
        Ok(made)
    }

    /// `_field_types`, `__annotations__` and the defaults of optional fields.
    fn describe_fields(&self, thread: &Thread, kind: Kind) -> PyResult<()> {
        let class = self.object(kind);
        let types = Dict::new(thread)?;
        for field in schema::fields(kind.fields()) {
            let plain = match field.type_name {
                "identifier" | "string" => (**Str::ty()).own(),
                "int" => (**pyrox_objects::Int::ty()).own(),
                "constant" => pyrox_objects::hooks::builtin(thread, "object")?,
                name => self.sum(name).own(),
            };
            let ty = match field.count {
                Count::One => plain,
                Count::Optional => {
                    class.setattr_str(thread, field.name, pyrox_objects::none_ref())?;
                    pyrox_objects::union_type::or(thread, &plain, pyrox_objects::none_ref())?
                }
                Count::Many => pyrox_objects::generic_alias::new(thread, List::ty(), &plain)?,
            };
            types.set_text(thread, field.name, &ty)?;
        }
        class.setattr_str(thread, "_field_types", &types)?;
        class.setattr_str(thread, "__annotations__", &*types.copy(thread)?)
    }

    /// The class of a kind.
    pub fn object(&self, kind: Kind) -> &Object {
        match self.kinds.get(kind as usize) {
            Some(class) => class,
            None => pyrox_objects::none_ref(),
        }
    }

    /// The class of a kind, as a type.
    pub fn class(&self, kind: Kind) -> &Type {
        self.object(kind).cast::<Type>().unwrap_or_else(|| Ast::ty())
    }

    /// The class of a sum or product type.
    pub fn sum(&self, name: &str) -> &Object {
        let at = SUMS.iter().position(|sum| sum.name == name);
        match at.and_then(|at| self.sums.get(at)) {
            Some(class) => class,
            None => pyrox_objects::none_ref(),
        }
    }

    /// Names of a kind's fields.
    pub fn fields(&self, kind: Kind) -> &[Owned<Str>] {
        self.fields.get(kind as usize).map_or(&[], Vec::as_slice)
    }

    /// The one node of a kind without fields.
    pub fn singleton(&self, kind: Kind) -> Obj {
        self.singletons.get(kind as usize).cloned().flatten().unwrap_or_else(pyrox_objects::none)
    }

    pub fn is_context(&self, class: &Object) -> bool {
        class.is(self.sum("expr_context"))
    }

    /// The kind of which `node` is an instance, among those of a sum type.
    pub fn kind_of(&self, node: &Object, kinds: &'static [Kind]) -> Option<Kind> {
        let class: &Object = node.ty();
        kinds
            .iter()
            .copied()
            .find(|&kind| class.is(self.object(kind)))
            .or_else(|| kinds.iter().copied().find(|&kind| node.ty().is_subtype(self.class(kind))))
    }
}

/// Add all classes to the module `_ast`.
pub fn add_to(thread: &Thread, module: &Module) -> PyResult<()> {
    let classes = get(thread)?;
    module.add(thread, "AST", Ast::ty())?;
    for (sum, class) in SUMS.iter().zip(&classes.sums) {
        module.add(thread, sum.name, class)?;
    }
    for &kind in Kind::ALL {
        module.add(thread, kind.name(), classes.object(kind))?;
    }
    let _ = intern!("_fields");
    Ok(())
}

//! Resolving the scope of every name, from the module inwards.

use crate::tables::{HashMap, HashSet};

use super::symbol::*;
use super::{BlockId, BlockType, Comprehension, Scope, SymbolTable};
use crate::ast::Identifier;
use crate::error::{CompileError, Result};

type Names = HashSet<Identifier>;

/// Resolve all names of `table`.
pub fn analyze(table: &mut SymbolTable) -> Result<()> {
    let mut free = Names::default();
    let mut global = Names::default();
    let mut type_params = Names::default();
    analyze_block(table, BlockId(0), None, &mut free, &mut global, &mut type_params, None)
}

fn directive_error(table: &SymbolTable, id: BlockId, name: &Identifier, message: String) -> CompileError {
    let location = table
        .block(id)
        .directives
        .iter()
        .find(|(directive, _)| directive == name)
        .map_or(table.block(id).location, |(_, location)| *location);
    CompileError::syntax(message, location)
}

struct NameContext<'a> {
    bound: Option<&'a mut Names>,
    local: &'a mut Names,
    free: &'a mut Names,
    global: &'a mut Names,
    type_params: &'a mut Names,
}

fn analyze_name(
    table: &SymbolTable,
    id: BlockId,
    name: &Identifier,
    flags: u32,
    context: &mut NameContext<'_>,
    class_entry: Option<BlockId>,
) -> Result<Scope> {
    if flags & DEF_GLOBAL != 0 {
        if flags & DEF_NONLOCAL != 0 {
            let message = format!("name '{name}' is nonlocal and global");
            return Err(directive_error(table, id, name, message));
        }
        context.global.insert(name.clone());
        if let Some(bound) = context.bound.as_deref_mut() {
            bound.remove(name);
        }
        return Ok(Scope::GlobalExplicit);
    }
    if flags & DEF_NONLOCAL != 0 {
        let message = match context.bound.as_deref() {
            None => "nonlocal declaration not allowed at module level".to_owned(),
            Some(bound) if !bound.contains(name) => {
                format!("no binding for nonlocal '{name}' found")
            }
            Some(_) if context.type_params.contains(name) => {
                format!("nonlocal binding not allowed for type parameter '{name}'")
            }
            Some(_) => {
                context.free.insert(name.clone());
                return Ok(Scope::Free);
            }
        };
        return Err(directive_error(table, id, name, message));
    }
    if flags & DEF_BOUND != 0 {
        context.local.insert(name.clone());
        context.global.remove(name);
        if flags & DEF_TYPE_PARAM != 0 {
            context.type_params.insert(name.clone());
        } else {
            context.type_params.remove(name);
        }
        return Ok(Scope::Local);
    }
    // A block that sees the class namespace looks there first at run time, then in the globals:
    // bindings of functions further out are bypassed for names that the class binds.
    // The namespace itself is the compiler's, whatever the class calls so.
    if let Some(class) = class_entry.filter(|_| &**name != "__classdict__") {
        let class_flags = table.block(class).symbol(name);
        if class_flags & DEF_GLOBAL != 0 {
            return Ok(Scope::GlobalExplicit);
        }
        if class_flags & DEF_BOUND != 0 && class_flags & DEF_NONLOCAL == 0 {
            return Ok(Scope::GlobalImplicit);
        }
    }
    if context.bound.as_deref().is_some_and(|bound| bound.contains(name)) {
        context.free.insert(name.clone());
        return Ok(Scope::Free);
    }
    Ok(Scope::GlobalImplicit)
}

fn is_free_in_any_child(table: &SymbolTable, id: BlockId, name: &str) -> bool {
    table.block(id).children.iter().any(|&child| table.block(child).scope(name) == Scope::Free)
}

/// Move the names of the comprehension `comp` into the block `id` that it is inlined into.
fn inline_comprehension(
    table: &mut SymbolTable,
    id: BlockId,
    comp: BlockId,
    scopes: &mut HashMap<Identifier, Scope>,
    comp_free: &mut Names,
    inlined_cells: &mut Names,
) {
    let entries: Vec<(Identifier, u32)> = table.block(comp).symbols.iter().map(|(name, flags)| (name.clone(), flags)).collect();
    let in_class = table.block(id).block_type == BlockType::Class;
    let mut removed = Vec::new();
    for (name, comp_flags) in entries {
        if comp_flags & DEF_PARAM != 0 {
            continue;
        }
        let mut scope = Scope::of(comp_flags);
        let only_flags = comp_flags & ((1 << SCOPE_OFFSET) - 1);
        if scope == Scope::Cell || only_flags & DEF_COMP_CELL != 0 {
            inlined_cells.insert(name.clone());
        }
        let existing = table.block(id).symbols.get(&name);
        // A class body itself has none of these cells: the comprehension sees globals.
        if scope == Scope::Free && in_class && matches!(&*name, "__class__" | "__classdict__" | "__conditional_annotations__") {
            scope = Scope::GlobalImplicit;
            if !is_free_in_any_child(table, comp, &name) {
                comp_free.remove(&name);
            }
            match existing {
                None => removed.push(name.clone()),
                Some(_) => table.block_mut(comp).symbols.set(&name, only_flags | (scope as u32) << SCOPE_OFFSET),
            }
        }
        match existing {
            None => {
                table.block_mut(id).symbols.set(&name, only_flags);
                scopes.insert(name, scope);
            }
            Some(existing) => {
                // The variable of the function is used in it, then.
                if !in_class && comp_flags & USE != 0 && comp_flags & DEF_BOUND == 0 {
                    table.block_mut(id).symbols.set(&name, existing | USE);
                }
                // What is free in the comprehension but local here is simply local, unless a
                // child of the comprehension closes over it.
                if existing & DEF_BOUND != 0 && !in_class && !is_free_in_any_child(table, comp, &name) {
                    comp_free.remove(&name);
                }
            }
        }
    }
    for name in removed {
        table.block_mut(comp).symbols.remove(&name);
    }
}

fn analyze_block(
    table: &mut SymbolTable,
    id: BlockId,
    mut bound: Option<&mut Names>,
    free: &mut Names,
    global: &mut Names,
    type_params: &mut Names,
    class_entry: Option<BlockId>,
) -> Result<()> {
    let mut local = Names::default();
    let mut scopes: HashMap<Identifier, Scope> = HashMap::default();
    let mut new_global = Names::default();
    let mut new_free = Names::default();
    let mut new_bound = Names::default();
    let mut inlined_cells = Names::default();
    let block_type = table.block(id).block_type;
    let function_like = table.block(id).is_function_like();

    // The names of a class are not visible in its functions, so what they see is taken before.
    if block_type == BlockType::Class {
        new_global.extend(global.iter().cloned());
        if let Some(bound) = bound.as_deref() {
            new_bound.extend(bound.iter().cloned());
        }
    }

    let entries: Vec<(Identifier, u32)> = table.block(id).symbols.iter().map(|(name, flags)| (name.clone(), flags)).collect();
    for (name, flags) in entries {
        let mut context = NameContext { bound: bound.as_deref_mut(), local: &mut local, free, global, type_params };
        let scope = analyze_name(table, id, &name, flags, &mut context, class_entry)?;
        scopes.insert(name, scope);
    }

    if block_type == BlockType::Class {
        for name in ["__class__", "__classdict__", "__conditional_annotations__"] {
            new_bound.insert(name.into());
        }
    } else {
        if function_like {
            new_bound.extend(local.iter().cloned());
        }
        if let Some(bound) = bound.as_deref() {
            new_bound.extend(bound.iter().cloned());
        }
        new_global.extend(global.iter().cloned());
    }

    let children = table.block(id).children.clone();
    for &child in &children {
        let entry = table.block(child);
        let new_class_entry = match entry.can_see_class_scope {
            true if block_type == BlockType::Class => Some(id),
            true => class_entry,
            false => None,
        };
        let inline = entry.comprehension != Comprehension::None && !entry.generator && !table.block(id).can_see_class_scope;

        let mut child_bound = new_bound.clone();
        let mut child_free = Names::default();
        let mut child_global = new_global.clone();
        let mut child_type_params = type_params.clone();
        analyze_block(table, child, Some(&mut child_bound), &mut child_free, &mut child_global, &mut child_type_params, new_class_entry)?;
        if inline {
            inline_comprehension(table, id, child, &mut scopes, &mut child_free, &mut inlined_cells);
            table.block_mut(child).comp_inlined = true;
        }
        new_free.extend(child_free);
    }

    // The children of inlined comprehensions become ours.
    let mut spliced = Vec::with_capacity(children.len());
    for child in children {
        if table.block(child).comp_inlined {
            spliced.extend(table.block(child).children.iter().copied());
        } else {
            spliced.push(child);
        }
    }
    table.block_mut(id).children = spliced;

    if function_like {
        for (name, scope) in &mut scopes {
            if *scope == Scope::Local && (new_free.contains(name) || inlined_cells.contains(name)) {
                *scope = Scope::Cell;
                new_free.remove(name);
            }
        }
    } else if block_type == BlockType::Class {
        let block = table.block_mut(id);
        if new_free.remove("__class__") {
            block.needs_class_closure = true;
        }
        if new_free.remove("__classdict__") {
            block.needs_classdict = true;
        }
        if new_free.remove("__conditional_annotations__") {
            block.has_conditional_annotations = true;
        }
    }

    let class_flag = block_type == BlockType::Class || table.block(id).can_see_class_scope;
    update_symbols(table, id, &scopes, bound.as_deref(), &new_free, &inlined_cells, class_flag);
    free.extend(new_free);
    Ok(())
}

/// Write the found scopes into the block's symbols, with the free variables that only its
/// children use.
fn update_symbols(
    table: &mut SymbolTable,
    id: BlockId,
    scopes: &HashMap<Identifier, Scope>,
    bound: Option<&Names>,
    free: &Names,
    inlined_cells: &Names,
    class_flag: bool,
) {
    let symbols = &mut table.block_mut(id).symbols;
    for (name, flags) in &mut symbols.entries {
        if inlined_cells.contains(name) {
            *flags |= DEF_COMP_CELL;
        }
        let scope = scopes.get(name).copied().unwrap_or(Scope::Unknown);
        *flags |= (scope as u32) << SCOPE_OFFSET;
    }
    let mut names: Vec<&Identifier> = free.iter().collect();
    names.sort();
    for name in names {
        match symbols.get(name) {
            Some(flags) => {
                if class_flag {
                    symbols.set(name, flags | DEF_FREE_CLASS);
                }
            }
            None => {
                if bound.is_none_or(|bound| bound.contains(name)) {
                    symbols.set(name, (Scope::Free as u32) << SCOPE_OFFSET);
                }
            }
        }
    }
}

//! Comprehensions: inlined into the scope around them (PEP 709) or as functions of their own.

use super::unit::{BlockKind, ScopeType};
use super::{CodeGen, internal};
use crate::ast::*;
use crate::error::Result;
use crate::instruction::Label;
use crate::opcode::Opcode;
use crate::symtable::symbol::{DEF_LOCAL, DEF_NONLOCAL};
use crate::symtable::{BlockId, BlockKey, BlockType, Scope};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Generator,
    List,
    Set,
    Dict,
}

/// What a comprehension makes of each element.
#[derive(Clone, Copy)]
struct Element<'a> {
    kind: Kind,
    elt: &'a Expr,
    /// The value of a dict comprehension.
    value: Option<&'a Expr>,
}

/// Where the iterator of the outermost `for` is when its loop begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outermost {
    OnStack,
    Argument,
}

/// What an inlined comprehension has changed in the scope around it, to be put back.
#[derive(Default)]
struct Inlined {
    /// Locals saved on the stack.
    pushed: Vec<Identifier>,
    symbols: Vec<(Identifier, Option<u32>)>,
    hidden: Vec<Identifier>,
    cleanup: Option<Label>,
}

const NONE: Location = Location::NONE;

impl<'a> CodeGen<'a> {
    pub(super) fn comprehension(&mut self, expression: &'a Expr) -> Result<()> {
        let location = expression.location;
        let (name, kind, elt, value, generators) = match &expression.kind {
            ExprKind::GeneratorExp { elt, generators } => ("<genexpr>", Kind::Generator, elt, None, generators),
            ExprKind::ListComp { elt, generators } => ("<listcomp>", Kind::List, elt, None, generators),
            ExprKind::SetComp { elt, generators } => ("<setcomp>", Kind::Set, elt, None, generators),
            ExprKind::DictComp { key, value, generators } => ("<dictcomp>", Kind::Dict, key, Some(&**value), generators),
            _ => return Err(internal("not a comprehension")),
        };
        let outermost = generators.first().ok_or_else(|| internal("comprehension with no generators"))?;
        let element = Element { kind, elt, value };
        let key = BlockKey::node(expression);
        let id = self.table.lookup(key).ok_or_else(|| internal("missing symbol table entry of a comprehension"))?;
        let block = self.table.block(id);
        let inlined = block.comp_inlined;
        let is_async = block.coroutine;
        let mut state = Inlined::default();
        if inlined {
            self.outermost_iterator(outermost)?;
            state = self.enter_inlined(location, id)?;
        } else {
            let scope = ScopeType::Comprehension;
            self.enter_scope(name, scope, key, location.line, None, [1, 0, 0])?;
        }
        let build = match kind {
            Kind::Generator => None,
            Kind::List => Some(Opcode::BUILD_LIST),
            Kind::Set => Some(Opcode::BUILD_SET),
            Kind::Dict => Some(Opcode::BUILD_MAP),
        };
        if let Some(opcode) = build {
            self.emit_i(location, opcode, 0)?;
            if inlined {
                self.emit_i(location, Opcode::SWAP, 2)?;
            }
        }
        let position = if inlined { Outermost::OnStack } else { Outermost::Argument };
        self.generators(location, generators, 0, 0, element, position)?;
        if inlined {
            return self.leave_inlined(location, state);
        }
        if kind == Kind::Generator {
            self.wrap_in_stop_iteration_handler()?;
        } else {
            self.emit(elt.location, Opcode::RETURN_VALUE)?;
        }
        let code = self.assemble(true)?;
        self.make_closure(location, code, 0)?;
        self.outermost_iterator(outermost)?;
        self.emit_i(location, Opcode::CALL, 0)?;
        if is_async && kind != Kind::Generator {
            self.emit_i(location, Opcode::GET_AWAITABLE, 0)?;
            self.load_none(location)?;
            self.yield_from(location, true)?;
        }
        Ok(())
    }

    fn outermost_iterator(&mut self, outermost: &'a Comprehension) -> Result<()> {
        self.expression(&outermost.iter)?;
        let opcode = if outermost.is_async { Opcode::GET_AITER } else { Opcode::GET_ITER };
        self.emit(outermost.iter.location, opcode)
    }

    fn generators(
        &mut self,
        location: Location,
        generators: &'a [Comprehension],
        index: usize,
        depth: usize,
        element: Element<'a>,
        position: Outermost,
    ) -> Result<()> {
        match generators.get(index) {
            Some(generator) if generator.is_async => self.async_generator(location, generators, generator, index, depth, element, position),
            Some(generator) => self.sync_generator(location, generators, generator, index, depth, element, position),
            None => Ok(()),
        }
    }

    /// One `for` clause: a loop around the inner clauses or the element.
    fn sync_generator(
        &mut self,
        location: Location,
        generators: &'a [Comprehension],
        generator: &'a Comprehension,
        index: usize,
        mut depth: usize,
        element: Element<'a>,
        position: Outermost,
    ) -> Result<()> {
        let start = self.new_label()?;
        let if_cleanup = self.new_label()?;
        let anchor = self.new_label()?;
        let iter = generator.iter.location;
        let mut loops = true;
        if index == 0 {
            if position == Outermost::Argument {
                self.emit_i(location, Opcode::LOAD_FAST, 0)?;
            }
        } else {
            // `for y in [f(x)]` is an assignment.
            let single = match &generator.iter.kind {
                ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => match &elts[..] {
                    [only] if !matches!(only.kind, ExprKind::Starred { .. }) => Some(only),
                    _ => None,
                },
                _ => None,
            };
            if let Some(only) = single {
                self.expression(only)?;
                loops = false;
            } else {
                self.expression(&generator.iter)?;
                self.emit(iter, Opcode::GET_ITER)?;
            }
        }
        if loops {
            depth += 1;
            self.use_label(start)?;
            self.emit_jump(iter, Opcode::FOR_ITER, anchor)?;
        }
        self.expression(&generator.target)?;
        for condition in &generator.ifs {
            self.jump_if(location, condition, if_cleanup, false)?;
        }
        let place = self.element(location, generators, index + 1, depth, element)?;
        self.use_label(if_cleanup)?;
        if loops {
            self.emit_jump(place, Opcode::JUMP, start)?;
            self.use_label(anchor)?;
            self.emit(NONE, Opcode::END_FOR)?;
            self.emit(NONE, Opcode::POP_ITER)?;
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        location: Location,
        generators: &'a [Comprehension],
        generator: &'a Comprehension,
        index: usize,
        depth: usize,
        element: Element<'a>,
        position: Outermost,
    ) -> Result<()> {
        let start = self.new_label()?;
        let send = self.new_label()?;
        let except = self.new_label()?;
        let if_cleanup = self.new_label()?;
        if index == 0 {
            if position == Outermost::Argument {
                self.emit_i(location, Opcode::LOAD_FAST, 0)?;
            }
        } else {
            self.expression(&generator.iter)?;
            self.emit(generator.iter.location, Opcode::GET_AITER)?;
        }
        self.use_label(start)?;
        let kind = BlockKind::AsyncComprehensionGenerator;
        self.push_simple_block(kind, location, Some(start), None)?;
        self.emit_jump(location, Opcode::SETUP_FINALLY, except)?;
        self.emit(location, Opcode::GET_ANEXT)?;
        self.load_none(location)?;
        self.use_label(send)?;
        self.yield_from(location, true)?;
        self.emit(location, Opcode::POP_BLOCK)?;
        self.expression(&generator.target)?;
        for condition in &generator.ifs {
            self.jump_if(location, condition, if_cleanup, false)?;
        }
        let place = self.element(location, generators, index + 1, depth + 1, element)?;
        self.use_label(if_cleanup)?;
        self.emit_jump(place, Opcode::JUMP, start)?;
        self.pop_block()?;
        self.use_label(except)?;
        self.emit_jump(location, Opcode::END_ASYNC_FOR, send)
    }

    /// The inner clauses, or in the innermost one the element. Returns the element's location.
    fn element(
        &mut self,
        location: Location,
        generators: &'a [Comprehension],
        next: usize,
        depth: usize,
        element: Element<'a>,
    ) -> Result<Location> {
        let place = element.elt.location;
        if next < generators.len() {
            self.generators(location, generators, next, depth, element, Outermost::OnStack)?;
            return Ok(place);
        }
        self.expression(element.elt)?;
        match element.kind {
            Kind::Generator => {
                self.yield_value(place)?;
                self.emit(place, Opcode::POP_TOP)?;
            }
            Kind::List => self.emit_i(place, Opcode::LIST_APPEND, depth + 1)?,
            Kind::Set => self.emit_i(place, Opcode::SET_ADD, depth + 1)?,
            Kind::Dict => {
                let mut place = place;
                if let Some(value) = element.value {
                    self.expression(value)?;
                    place.end_line = value.location.end_line;
                    place.end_column = value.location.end_column;
                }
                self.emit_i(place, Opcode::MAP_ADD, depth + 1)?;
                return Ok(place);
            }
        }
        Ok(place)
    }

    /// Give the comprehension's own names to the scope around it while it runs: save the fast
    /// locals of the same names on the stack, and treat names as the comprehension sees them.
    fn enter_inlined(&mut self, location: Location, comp: BlockId) -> Result<Inlined> {
        let mut state = Inlined::default();
        let unit = self.unit()?;
        let outer_id = unit.block;
        let already = unit.in_inlined_comprehension > 0;
        unit.in_inlined_comprehension += 1;
        let outer = self.table.block(outer_id);
        let in_class = outer.block_type == BlockType::Class && !already;
        let function_like = outer.is_function_like();
        let symbols: Vec<(Identifier, u32)> = self.table.block(comp).symbols.iter().map(|(name, flags)| (name.clone(), flags)).collect();
        for (name, flags) in symbols {
            let own = flags & DEF_LOCAL != 0 && flags & DEF_NONLOCAL == 0;
            let scope = Scope::of(flags);
            let outer_flags = self.table.block(outer_id).symbols.get(&name);
            let outer_scope = Scope::of(outer_flags.unwrap_or(0));
            let differs = scope != outer_scope && scope != Scope::Free && !(scope == Scope::Cell && outer_scope == Scope::Free);
            if differs || in_class {
                self.table.block_mut(outer_id).symbols.set(&name, flags);
                state.symbols.push((name.clone(), outer_flags));
            }
            if !own {
                continue;
            }
            if !function_like {
                let unit = self.unit()?;
                if !unit.is_hidden(&name) {
                    match unit.hidden.iter_mut().find(|(hidden, _)| *hidden == name) {
                        Some(entry) => entry.1 = true,
                        None => unit.hidden.push((name.clone(), true)),
                    }
                    state.hidden.push(name.clone());
                }
            }
            state.pushed.push(name);
        }
        for name in &state.pushed {
            let unit = self.unit()?;
            let index = unit.varnames.add(name);
            self.emit_i(location, Opcode::LOAD_FAST_AND_CLEAR, index)?;
            if self.table.block(comp).scope(name) == Scope::Cell {
                // The saved value is the cell itself; the comprehension gets a new one.
                let free = self.table.block(outer_id).scope(name) == Scope::Free;
                let unit = self.unit()?;
                let index = match free {
                    true => unit.freevars.add(name),
                    false => unit.cellvars.add(name),
                };
                self.emit_i(location, Opcode::MAKE_CELL, index)?;
            }
        }
        if !state.pushed.is_empty() {
            self.emit_i(location, Opcode::SWAP, state.pushed.len() + 1)?;
            let cleanup = self.new_label()?;
            self.emit_jump(location, Opcode::SETUP_FINALLY, cleanup)?;
            self.push_simple_block(BlockKind::TryExcept, location, None, None)?;
            state.cleanup = Some(cleanup);
        }
        Ok(state)
    }

    fn leave_inlined(&mut self, location: Location, state: Inlined) -> Result<()> {
        self.unit()?.in_inlined_comprehension -= 1;
        if let Some(cleanup) = state.cleanup {
            let end = self.new_label()?;
            self.pop_block()?;
            self.emit(NONE, Opcode::POP_BLOCK)?;
            self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
            self.use_label(cleanup)?;
            self.emit_i(NONE, Opcode::SWAP, 2)?;
            self.emit(NONE, Opcode::POP_TOP)?;
            self.restore_locals(location, &state.pushed)?;
            self.emit_i(NONE, Opcode::RERAISE, 0)?;
            self.use_label(end)?;
            self.restore_locals(location, &state.pushed)?;
        }
        let block = self.unit_ref()?.block;
        for (name, flags) in state.symbols {
            let symbols = &mut self.table.block_mut(block).symbols;
            match flags {
                Some(flags) => symbols.set(&name, flags),
                None => symbols.remove(&name),
            }
        }
        let unit = self.unit()?;
        for name in state.hidden {
            if let Some(entry) = unit.hidden.iter_mut().find(|(hidden, _)| *hidden == name) {
                entry.1 = false;
            }
        }
        Ok(())
    }

    fn restore_locals(&mut self, location: Location, pushed: &[Identifier]) -> Result<()> {
        self.emit_i(location, Opcode::SWAP, pushed.len() + 1)?;
        for name in pushed.iter().rev() {
            let index = self.unit()?.varnames.add(name);
            self.emit_i(location, Opcode::STORE_FAST_MAYBE_NULL, index)?;
        }
        Ok(())
    }
}

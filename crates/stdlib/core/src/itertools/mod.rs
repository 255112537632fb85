//! `itertools`.

mod combinatorics;
mod filters;
mod groupby;
mod islice;
mod numbers;
mod sequences;
mod tee;

use pyrox_macros::pymodule;
use pyrox_objects::{Module, PyResult, Thread};

pymodule!(
    name = "itertools",
    doc = "Functional tools for creating and using iterators.\n\nInfinite iterators: count, cycle, repeat.\n\nIterators terminating on the shortest input sequence: accumulate, batched, chain,\ncompress, dropwhile, filterfalse, groupby, islice, pairwise, starmap, tee, takewhile,\nzip_longest.\n\nCombinatoric generators: product, permutations, combinations,\ncombinations_with_replacement.",
    functions = [tee::tee],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    macro_rules! add {
        ($($ty:ty),* $(,)?) => { $(module.add_type::<$ty>(thread)?;)* };
    }
    add!(
        numbers::Accumulate,
        numbers::Count,
        numbers::Repeat,
        sequences::Batched,
        sequences::Chain,
        sequences::Cycle,
        sequences::Pairwise,
        sequences::StarMap,
        sequences::ZipLongest,
        filters::Compress,
        filters::DropWhile,
        filters::FilterFalse,
        filters::TakeWhile,
        islice::ISlice,
        groupby::GroupBy,
        groupby::Grouper,
        combinatorics::Combinations,
        combinatorics::CombinationsWithReplacement,
        combinatorics::Permutations,
        combinatorics::Product,
        tee::Tee,
        tee::TeeData,
    );
    Ok(())
}

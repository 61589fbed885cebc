"""Arrays for compiled code alone: an address and a shape.

numba's own arrays are seven words and more each, are counted as they are passed on, and check for
negative places. The kernel passes dozens of them to every function, many times a step; as
`PlainArray` they cost nothing. Indexing (from 0, by as many numbers as there are dimensions, or
fewer for a part), writing, ``len`` and ``shape`` work as in numpy, and nothing is checked.
"""

from collections.abc import Callable
from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import numba

if numba is not None and not numba.config.DISABLE_JIT:
    import operator
    import platform

    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.extending import (
        intrinsic,
        lower_builtin,
        make_attribute_wrapper,
        models,
        register_model,
    )
    from numba.core.typing.templates import AbstractTemplate, infer_global, signature

    class PlainArray(types.Type):
        """An array in C order without an owner."""

        def __init__(self, dtype: Any, ndim: int) -> None:
            self.dtype = dtype
            self.ndim = ndim
            super().__init__(name=f"PlainArray({dtype}, {ndim})")

    @register_model(PlainArray)
    class _PlainModel(models.StructModel):
        def __init__(self, manager: Any, plain: Any) -> None:
            members = [("data", types.voidptr), ("shape", types.UniTuple(types.int64, plain.ndim))]
            super().__init__(manager, plain, members)

    make_attribute_wrapper(PlainArray, "shape", "shape")

    def _numbers(index: Any) -> tuple[Any, ...] | None:
        """Return the types of the numbers of an index; None where it is something else."""
        parts = tuple(index) if isinstance(index, types.BaseTuple) else (index,)
        return parts if all(isinstance(one, types.Integer) for one in parts) else None

    def _part(plain: Any, index: Any) -> Any:
        """Return the type of ``plain[index]``."""
        numbers = _numbers(index) if isinstance(plain, PlainArray) else None
        if numbers is None or len(numbers) > plain.ndim:
            return None
        rest = plain.ndim - len(numbers)
        return PlainArray(plain.dtype, rest) if rest else plain.dtype

    @infer_global(operator.getitem)
    class _GetItem(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            part = _part(*args)
            return None if part is None else signature(part, *args)

    @infer_global(operator.setitem)
    class _SetItem(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            plain, index, _ = args
            part = _part(plain, index)
            if part is None or isinstance(part, PlainArray):
                return None
            return signature(types.none, plain, index, part)

    @infer_global(len)
    class _Len(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            (plain,) = args
            return signature(types.int64, plain) if isinstance(plain, PlainArray) else None

    def _place(context: Any, builder: Any, plain: Any, value: Any, index: Any, given: Any) -> Any:
        """Return the array's fields and the address of an item, or of the first of a part."""
        fields = cgutils.create_struct_proxy(plain)(context, builder, value)
        shape = cgutils.unpack_tuple(builder, fields.shape, plain.ndim)
        kinds = _numbers(index) or ()
        numbers = [given]
        if isinstance(index, types.BaseTuple):
            numbers = cgutils.unpack_tuple(builder, given, len(kinds))
        wide = [
            context.cast(builder, one, kind, types.int64)
            for one, kind in zip(numbers, kinds, strict=True)
        ]
        place = wide[0]
        for axis in range(1, plain.ndim):
            place = builder.mul(place, shape[axis])
            if axis < len(wide):
                place = builder.add(place, wide[axis])
        item = context.get_data_type(plain.dtype)
        first = builder.bitcast(fields.data, item.as_pointer())
        return shape, builder.gep(first, [place])

    @lower_builtin(operator.getitem, PlainArray, types.Any)
    def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        plain, index = sig.args
        shape, address = _place(context, builder, plain, args[0], index, args[1])
        if not isinstance(sig.return_type, PlainArray):
            return context.unpack_value(builder, plain.dtype, address)
        part = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        part.data = builder.bitcast(address, context.get_value_type(types.voidptr))
        rest = shape[plain.ndim - sig.return_type.ndim :]
        part.shape = context.make_tuple(
            builder, types.UniTuple(types.int64, sig.return_type.ndim), rest
        )
        return part._getvalue()

    @lower_builtin(operator.setitem, PlainArray, types.Any, types.Any)
    def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        plain, index, _ = sig.args
        _, address = _place(context, builder, plain, args[0], index, args[1])
        context.pack_value(builder, plain.dtype, args[2], address)
        return context.get_dummy_value()

    @lower_builtin(len, PlainArray)
    def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        (plain,) = sig.args
        fields = cgutils.create_struct_proxy(plain)(context, builder, args[0])
        return cgutils.unpack_tuple(builder, fields.shape, plain.ndim)[0]

    @intrinsic
    def _array_at(typing_context: Any, address: Any, shape: Any, dtype: Any) -> Any:
        """Return the array in C order at an address, without copying or owning it."""
        plain = PlainArray(dtype.dtype, len(shape))

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            fields = cgutils.create_struct_proxy(plain)(context, builder)
            fields.data = builder.inttoptr(args[0], context.get_value_type(types.voidptr))
            fields.shape = args[1]
            return fields._getvalue()

        return plain(types.int64, types.UniTuple(types.int64, len(shape)), dtype), generate

    @intrinsic
    def _part_of_row(typing_context: Any, array: Any, i: Any, at: Any) -> Any:
        """Return what begins at place ``at`` of row ``i``, to the end of the row."""
        part = PlainArray(array.dtype, 1)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            index = types.UniTuple(types.int64, 2)
            both = context.make_tuple(builder, index, [args[1], args[2]])
            shape, address = _place(context, builder, array, args[0], index, both)
            fields = cgutils.create_struct_proxy(part)(context, builder)
            fields.data = builder.bitcast(address, context.get_value_type(types.voidptr))
            rest = builder.sub(shape[1], args[2])
            fields.shape = context.make_tuple(builder, types.UniTuple(types.int64, 1), [rest])
            return fields._getvalue()

        return part(array, types.int64, types.int64), generate

    @intrinsic
    def _prefetch(typing_context: Any, array: Any, place: Any) -> Any:
        """Ask for an item of a flat or deeper array, counted as if it were flat."""

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            fields = cgutils.create_struct_proxy(array)(context, builder, args[0])
            item = context.get_data_type(array.dtype)
            first = builder.bitcast(fields.data, item.as_pointer())
            place = context.cast(builder, args[1], sig.args[1], types.int64)
            byte = ir.IntType(8).as_pointer()
            address = builder.bitcast(builder.gep(first, [place]), byte)
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            name = "llvm.prefetch.p0" if byte.is_opaque else "llvm.prefetch.p0i8"
            ask = cgutils.get_or_insert_function(builder.module, kind, name)
            # To be read, kept in all levels of the cache, data and not code.
            builder.call(ask, [address, number(0), number(3), number(1)])
            return context.get_dummy_value()

        return types.none(array, types.int64), generate

    def _item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        fields = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
        item = context.get_data_type(sig.args[0].dtype)
        return builder.gep(builder.bitcast(fields.data, item.as_pointer()), [args[1]])

    @intrinsic
    def _load(typing_context: Any, array: Any, place: Any) -> Any:
        """Read an int64 that another thread writes."""

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load_atomic(_item(context, builder, sig, args), "seq_cst", 8)

        return types.int64(array, types.int64), generate

    @intrinsic
    def _store(typing_context: Any, array: Any, place: Any, value: Any) -> Any:
        """Write an int64 that another thread reads; all that was written before is seen too."""

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.store_atomic(args[2], _item(context, builder, sig, args), "seq_cst", 8)
            return context.get_dummy_value()

        return types.none(array, types.int64, types.int64), generate

    @intrinsic
    def _relax(typing_context: Any) -> Any:
        """Let the other thread of a core work, while this one waits."""

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            if platform.machine() in ("x86_64", "AMD64"):
                kind = ir.FunctionType(ir.VoidType(), [])
                name = "llvm.x86.sse2.pause"
                builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
            return context.get_dummy_value()

        return types.none(), generate

else:

    def _load(array: Any, place: int) -> Any:
        """Read a number; plain Python has one thread."""
        return array[place]

    def _store(array: Any, place: int, value: int) -> None:
        """Write a number."""
        array[place] = value

    def _relax() -> None:
        """Do nothing."""

    def _prefetch(array: Any, place: int) -> None:
        """Do nothing: only compiled code waits for memory."""

    def _array_at(address: Any, shape: Any, dtype: Any) -> Any:
        """Refuse; plain Python works on the arrays themselves."""
        raise TypeError("addresses are for compiled code")

    def _part_of_row(array: Any, i: int, at: int) -> Any:
        """Return what begins at place ``at`` of row ``i``, to the end of the row."""
        return array[i, at:]


#: ``array_at(address, shape, dtype)``: the array in C order there, not copied and not owned.
array_at: Callable[[Any, Any, Any], Any] = _array_at
#: ``part_of_row(array, i, at)``: what begins at place ``at`` of row ``i``, to the row's end.
part_of_row: Callable[[Any, Any, Any], Any] = _part_of_row
#: ``prefetch(array, place)``: asks for an item before it is needed, counted as in a flat array.
prefetch: Callable[[Any, Any], None] = _prefetch
#: ``load(array, place)``, ``store(array, place, value)``: of int64, in one order for all threads.
load: Callable[[Any, Any], Any] = _load
store: Callable[[Any, Any, Any], None] = _store
#: ``relax()``: what a thread does while it waits for another.
relax: Callable[[], None] = _relax

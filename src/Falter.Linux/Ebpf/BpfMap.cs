using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>A map of a loaded object, which owns it.</summary>
internal sealed unsafe class BpfMap<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    // BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY in include/uapi/linux/bpf.h.
    private const uint PerCpuHash = 5, PerCpuArray = 6;
    private const int InitialBatch = 256;

    private readonly BpfObject _owner;
    private readonly int _fd;
    private readonly int _copies;
    private TKey[] _keys = new TKey[InitialBatch];
    private TValue[] _values;

    internal BpfMap(BpfObject owner, nint map)
    {
        _owner = owner;
        _fd = LibBpf.bpf_map__fd(map);
        // Maps without keys (queues) have key size 0, whatever TKey is.
        if (LibBpf.bpf_map__key_size(map) is var key and not 0 && key != sizeof(TKey) || LibBpf.bpf_map__value_size(map) != sizeof(TValue))
        {
            throw new InvalidOperationException($"map: key {LibBpf.bpf_map__key_size(map)} and value {LibBpf.bpf_map__value_size(map)} bytes, not those of {typeof(TKey).Name} and {typeof(TValue).Name}");
        }
        _copies = LibBpf.bpf_map__type(map) is PerCpuHash or PerCpuArray ? LibBpf.libbpf_num_possible_cpus() : 1;
        _values = new TValue[InitialBatch * _copies];
    }

    /// <summary>What to do with one element: its value once, or once per possible CPU.</summary>
    public delegate void Visitor(in TKey key, ReadOnlySpan<TValue> values);

    /// <summary>Sets an element.</summary>
    /// <returns>False where the map is full (or, with <paramref name="onlyNew"/>, has the key already).</returns>
    public bool TrySet(TKey key, TValue value, bool onlyNew = false)
    {
        const ulong BPF_ANY = 0, BPF_NOEXIST = 1;
        int failure = LibBpf.bpf_map_update_elem(Fd, &key, &value, onlyNew ? BPF_NOEXIST : BPF_ANY);
        if (failure is 0) return true;
        return failure is -E2BIG or -EEXIST ? false : throw BpfObject.Failure("bpf_map_update_elem", -failure);
    }

    /// <summary>The element with this key; null where there is none. Not for maps with a value per CPU.</summary>
    public TValue? Get(TKey key)
    {
        TValue value;
        int failure = LibBpf.bpf_map_lookup_elem(Fd, &key, &value);
        if (failure == 0) return value;
        return failure == -ENOENT ? null : throw BpfObject.Failure("bpf_map_lookup_elem", -failure);
    }

    /// <summary>The values of an element, one per possible CPU.</summary>
    public TValue[] GetPerCpu(TKey key)
    {
        var values = new TValue[_copies];
        fixed (TValue* p = values)
        {
            int failure = LibBpf.bpf_map_lookup_elem(Fd, &key, p);
            return failure == 0 ? values : throw BpfObject.Failure("bpf_map_lookup_elem", -failure);
        }
    }

    /// <summary>Removes an element; no matter whether there is one.</summary>
    public void Remove(TKey key)
    {
        int failure = LibBpf.bpf_map_delete_elem(Fd, &key);
        if (failure is not (0 or -ENOENT)) throw BpfObject.Failure("bpf_map_delete_elem", -failure);
    }

    /// <summary>For a queue: takes its oldest element; null where it is empty.</summary>
    public TValue? Pop()
    {
        TValue value;
        int failure = LibBpf.bpf_map_lookup_and_delete_elem(Fd, null, &value);
        if (failure == 0) return value;
        return failure == -ENOENT ? null : throw BpfObject.Failure("bpf_map_lookup_and_delete_elem", -failure);
    }

    /// <summary>For a hash: visits every element that was in the map when the reading began.</summary>
    public void ForEach(Visitor visit)
    {
        // The kernel's position: a bucket number for hashes (kernel/bpf/hashtab.c).
        uint position = 0, next = 0;
        bool first = true;
        while (true)
        {
            uint count = (uint)_keys.Length;
            int failure;
            fixed (TKey* keys = _keys)
            fixed (TValue* values = _values)
            {
                failure = LibBpf.bpf_map_lookup_batch(Fd, first ? null : &position, &next, keys, values, &count, null);
            }
            if (failure == -ENOSPC)
            {
                Grow();
                continue;
            }
            if (failure is not (0 or -ENOENT)) throw BpfObject.Failure("bpf_map_lookup_batch", -failure);
            for (int i = 0; i < count; i++) visit(in _keys[i], _values.AsSpan(i * _copies, _copies));
            // ENOENT marks the last batch, which holds elements all the same.
            if (failure == -ENOENT) return;
            first = false;
            position = next;
        }
    }

    private const int ENOENT = 2, E2BIG = 7, EEXIST = 17, ENOSPC = 28;

    private int Fd => _owner.IsClosed ? throw new ObjectDisposedException(nameof(BpfObject)) : _fd;

    /// <summary>One bucket held more elements than a batch.</summary>
    private void Grow()
    {
        _keys = new TKey[_keys.Length * 2];
        _values = new TValue[_keys.Length * _copies];
    }
}

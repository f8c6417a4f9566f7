using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>
/// Fails a call that has returned descriptors, and has the thread itself close them first: nobody else can. The thread is sent back to before the call's
/// <c>syscall</c> instruction, exactly as the kernel does when a signal has interrupted a call that is to be made again; at that entry another call, close, takes
/// its place, and at the exit of the last one the registers are those of the failed call.
/// </summary>
/// <remarks>
/// Signals: one that arrives before the entry finds the thread as before any call; its handler runs, and the call comes after it. Death of the tracer: until
/// the entry the thread makes its own call once more, and one descriptor is left open in it; between entry and exit (some 10 to 30 µs) it gets the result of close, 0,
/// in place of its own. The kernel offers no way to close another process's descriptor that leaves no such moment.
/// </remarks>
public sealed class DescriptorClosing
{
    // The length of the instruction: 0f 05.
    private const int InstructionSize = 2;

    // A handler that never came back (longjmp) leaves the call unmade; its thread must not be traced for it for ever.
    private const int MostOtherStops = 10_000;

    private readonly user_regs_struct _call;
    private readonly Queue<int> _descriptors;
    private readonly long _result;
    private bool _isInside;
    private int _otherStops;

    private DescriptorClosing(in user_regs_struct call, IReadOnlyList<int> descriptors, long result)
    {
        _call = call;
        _descriptors = new Queue<int>(descriptors);
        _result = result;
    }

    /// <summary>
    /// Sends the thread back. From then on each of its system call stops is to be given to <see cref="OnStop"/>, and it must be resumed to the next of them.
    /// </summary>
    /// <param name="stopped">A stop after the call: its exit, or that of a signal which is suppressed, before anything else was executed.</param>
    /// <param name="number">The call's number.</param>
    /// <param name="descriptors">At least one.</param>
    /// <param name="result">What the call is to return in the end.</param>
    /// <returns>Null where the instruction before the thread's next one is not <c>syscall</c>: nothing was changed.</returns>
    public static DescriptorClosing? Begin(StoppedTracee stopped, ulong number, IReadOnlyList<int> descriptors, long result)
    {
        user_regs_struct registers = stopped.Registers;
        Span<byte> instruction = stackalloc byte[InstructionSize];
        if (!stopped.TryReadMemory(registers.rip - InstructionSize, instruction) || instruction is not [0x0f, 0x05]) return null;
        registers.rip -= InstructionSize;
        registers.rax = number;
        stopped.SetRegisters(registers);
        return new DescriptorClosing(registers, descriptors, result);
    }

    /// <summary>A system call stop of the thread.</summary>
    public ClosingStop OnStop(StoppedTracee stopped, in ptrace_syscall_info info)
    {
        bool isMine = info.op == ptrace_syscall_info.Entry ? IsCall(info) : _isInside;
        if (!isMine) return ++_otherStops > MostOtherStops ? ClosingStop.GivenUp : ClosingStop.Other;
        if (info.op == ptrace_syscall_info.Entry) Close(stopped);
        else if (Closed(stopped)) return ClosingStop.Done;
        return ClosingStop.Mine;
    }

    private bool IsCall(in ptrace_syscall_info info) =>
        info.IsX64 && info.entry_nr == _call.rax && info.instruction_pointer == _call.rip + InstructionSize && info.stack_pointer == _call.rsp &&
        info.Arguments.SequenceEqual([_call.rdi, _call.rsi, _call.rdx, _call.r10, _call.r8, _call.r9]);

    private void Close(StoppedTracee stopped)
    {
        user_regs_struct registers = stopped.Registers;
        registers.orig_rax = Libc.SYS_close;
        registers.rdi = (ulong)_descriptors.Dequeue();
        stopped.SetRegisters(registers);
        _isInside = true;
    }

    /// <summary>Whether that was the last one. The close itself may report what it likes: the descriptor is gone either way (man 2 close).</summary>
    private bool Closed(StoppedTracee stopped)
    {
        _isInside = false;
        user_regs_struct registers = stopped.Registers;
        registers.rdi = _call.rdi;
        bool isLast = _descriptors.Count == 0;
        if (isLast) SyscallStop.SetResult(ref registers, _result);
        else (registers.rip, registers.rax) = (_call.rip, _call.rax);
        stopped.SetRegisters(registers);
        return isLast;
    }
}

/// <summary>What a system call stop of a thread that closes descriptors is.</summary>
public enum ClosingStop
{
    /// <summary>It belongs to a signal handler: to be treated as if there were no closing.</summary>
    Other,

    /// <summary>It belongs to the closing: nothing is to be done.</summary>
    Mine,

    /// <summary>The thread has the failed call's result now, and its registers are its own.</summary>
    Done,

    /// <summary>The call was never made again: there is nothing more to wait for. The stop itself is to be treated as <see cref="Other"/>.</summary>
    GivenUp,
}

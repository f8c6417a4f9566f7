namespace Falter.Linux.Undo;

/// <summary>Something that a Falter which is gone has left behind.</summary>
/// <param name="Kind">What it is, in one word: <c>step</c>, <c>journal</c>, <c>keeper</c>, <c>control-group</c>.</param>
/// <param name="What">A sentence without a full stop.</param>
/// <param name="ByHand">The shell command that removes it.</param>
/// <param name="Remove">Removes it; does nothing where it is gone by now. Throws what the kernel refuses.</param>
public sealed record Leftover(string Kind, string What, string ByHand, Action Remove);

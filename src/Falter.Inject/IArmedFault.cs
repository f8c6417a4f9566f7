using Falter.Records;

namespace Falter.Inject;

/// <summary>A fault of processes, network or containers that is in force. Disposing undoes it; when it returns, nothing of it is left.</summary>
public interface IArmedFault : IAsyncDisposable
{
    /// <summary>How it is done: <c>freezer</c>, <c>nftables</c>, <c>container-engine</c>.</summary>
    string Mechanism { get; }

    /// <summary>How it ends, also by hand, in one sentence.</summary>
    string Undo { get; }

    /// <summary>What it has done, where that can be counted: packets dropped, processes signalled. 0 where it has done nothing yet.</summary>
    long Injected { get; }

    /// <summary>What should be known of how it went, after it was undone too: packets lost against its meaning, an address that is another now.</summary>
    IReadOnlyList<Finding> Findings => [];
}

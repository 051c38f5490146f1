// The tags a guest carries in Proxmox.

export function Tags({ tags }: { tags: string[] }) {
	return (
		<span class="tags">
			{tags.map((tag) => (
				<span key={tag} class="tag">
					{tag}
				</span>
			))}
		</span>
	);
}

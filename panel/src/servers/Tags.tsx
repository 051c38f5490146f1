// The tags a guest carries in Proxmox.

export function Tags({ tags }: { tags: string[] }) {
	return (
		<span class="tags">
			{tags.map((tag) => (
				<bdi key={tag} class="tag">
					{tag}
				</bdi>
			))}
		</span>
	);
}
